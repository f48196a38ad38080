; gemmlowp's RoundingDivideByPOT (floor, and one more where the remainder is above a threshold that is one higher below zero) rounds
; ties away from zero: its size is (│x│ + 2^(e−1)) >> e. All 32-bit x, all exponents of 0 to 31. And it is monotone.
; SPEC section 1, Tflite. It matters because the code is gemmlowp's, the definition is by size, and the certificate takes both ends.
; expect: unsat unsat
(set-logic QF_BV)
(define-sort Word () (_ BitVec 64))
(define-fun zero () Word #x0000000000000000)
(define-fun one () Word #x0000000000000001)
(define-fun gemmlowp ((x Word) (e Word)) Word
  (let ((mask (bvsub (bvshl one e) one)))
    (let ((threshold (bvadd (bvashr mask one) (ite (bvslt x zero) one zero))))
      (bvadd (bvashr x e) (ite (bvsgt (bvand x mask) threshold) one zero)))))
(define-fun size ((x Word) (e Word)) Word (bvashr (bvadd x (bvashr (bvshl one e) one)) e))
(define-fun by-size ((x Word) (e Word)) Word (ite (bvslt x zero) (bvneg (size (bvneg x) e)) (size x e)))
(define-fun is-int32 ((x Word)) Bool (and (bvsle (bvneg #x0000000080000000) x) (bvsle x #x000000007fffffff)))
(declare-const x Word)
(declare-const y Word)
(declare-const e Word)
(assert (and (is-int32 x) (is-int32 y) (bvule e #x000000000000001f)))
(push)
(assert (not (= (gemmlowp x e) (by-size x e))))
(check-sat)
(pop)
(assert (and (bvsle x y) (not (bvsle (gemmlowp x e) (gemmlowp y e)))))
(check-sat)
