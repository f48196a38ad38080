; The doubling high multiply of two 32-bit numbers leaves 32 bits only for the lowest times itself: for every other pair the rounded
; quotient fits. Asked of the products, of which −2^31·−2^31 = 2^62 is the only one above 2^31·(2^31 − 1).
; SPEC section 1, Tflite. It matters because a target saturates here, and a positive multiplier never makes it.
; expect: unsat sat
(set-logic QF_BV)
(define-sort Word () (_ BitVec 64))
(declare-const p Word)
(define-fun rounded () Word (bvashr (bvadd p #x0000000040000000) #x000000000000001f))
(define-fun fits () Bool (and (bvsle (bvneg #x0000000080000000) rounded) (bvsle rounded #x000000007fffffff)))
(push)
(assert (and (bvsle (bvneg #x3fffffff80000000) p) (bvsle p #x3fffffff80000000) (not fits)))
(check-sat)
(pop)
(assert (and (= p #x4000000000000000) (not fits)))
(check-sat)
