; The sum of two products of an unsigned 8-bit input and a weight of −64 to 64 fits 16 bits; with weights of 8 bits it may not.
; ORT.md section 3, saturation. It matters because x86 without VNNI adds such pairs with saturation: weights in ±64 are safe there.
; expect: unsat sat
(set-logic QF_BV)
(define-sort Word () (_ BitVec 32))
(declare-const a1 (_ BitVec 8))
(declare-const a2 (_ BitVec 8))
(declare-const w1 (_ BitVec 8))
(declare-const w2 (_ BitVec 8))
(define-fun product ((a (_ BitVec 8)) (w (_ BitVec 8))) Word (bvmul ((_ zero_extend 24) a) ((_ sign_extend 24) w)))
(define-fun sum () Word (bvadd (product a1 w1) (product a2 w2)))
(define-fun fits () Bool (= sum ((_ sign_extend 16) ((_ extract 15 0) sum))))
(define-fun small ((w (_ BitVec 8))) Bool (and (bvsle (bvneg #x40) w) (bvsle w #x40)))
(push)
(assert (and (small w1) (small w2) (not fits)))
(check-sat)
(pop)
(assert (not fits))
(check-sat)
