; gemmlowp's doubling high multiply nudges a product by 2^30 or 1 − 2^30, by its sign, and cuts the quotient by 2^31 towards zero.
; That is the floor of (product + 2^30) / 2^31: ties up, for both signs. All products of up to 62 bits, whatever their factors.
; SPEC section 1, Tflite. It matters because the code is gemmlowp's and the definition is the floor; and it is monotone.
; expect: unsat unsat
(set-logic QF_BV)
(define-sort Word () (_ BitVec 64))
(define-fun half () Word #x0000000040000000)
(define-fun nudge ((p Word)) Word (ite (bvsge p #x0000000000000000) half (bvsub #x0000000000000001 half)))
(define-fun towards-zero ((x Word)) Word
  (ite (bvsge x #x0000000000000000) (bvashr x #x000000000000001f) (bvneg (bvashr (bvneg x) #x000000000000001f))))
(define-fun gemmlowp ((p Word)) Word (towards-zero (bvadd p (nudge p))))
(declare-const p Word)
(declare-const q Word)
(assert (and (bvsle (bvneg #x4000000000000000) p) (bvsle p #x4000000000000000)))
(assert (and (bvsle (bvneg #x4000000000000000) q) (bvsle q #x4000000000000000)))
(push)
(assert (not (= (gemmlowp p) (bvashr (bvadd p half) #x000000000000001f))))
(check-sat)
(pop)
(assert (and (bvsle p q) (not (bvsle (gemmlowp p) (gemmlowp q)))))
(check-sat)
