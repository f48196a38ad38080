; Where the exact sum fits 32 bits, sums of 32 bits that wrap on the way give it, in any order and any grouping. Four terms.
; SPEC section 4, "any order of summation is safe". It matters because kernels add in blocks and lanes.
; expect: unsat sat
(set-logic QF_BV)
(define-sort Word () (_ BitVec 32))
(declare-const a Word)
(declare-const b Word)
(declare-const c Word)
(declare-const d Word)
(define-fun wide ((x Word)) (_ BitVec 40) ((_ sign_extend 8) x))
(define-fun exact () (_ BitVec 40) (bvadd (wide a) (wide b) (wide c) (wide d)))
(define-fun in-order () Word (bvadd (bvadd (bvadd a b) c) d))
(define-fun in-pairs () Word (bvadd (bvadd d b) (bvadd c a)))
(assert (= exact (wide ((_ extract 31 0) exact))))
(push)
(assert (not (and (= (wide in-order) exact) (= (wide in-pairs) exact))))
(check-sat)
(pop)
; a sum on the way does wrap in some of them
(assert (not (= (wide (bvadd a b)) (bvadd (wide a) (wide b)))))
(check-sat)
