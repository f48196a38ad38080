; Two floor shifts are one: (x >> a) >> b = x >> (a + b), for all 64-bit x and a + b below 64.
; SPEC section 1, "all shifts are arithmetic (floor)". It matters because an intrinsic shift and the requantization's shift may
; be drawn together or apart without a change.
; slow: several seconds, so the command checks it and the tests do not
; expect: unsat
(set-logic QF_BV)
(declare-const x (_ BitVec 64))
(declare-const a (_ BitVec 64))
(declare-const b (_ BitVec 64))
(define-fun most () (_ BitVec 64) #x000000000000003f)
(assert (and (bvule a most) (bvule b most) (bvule (bvadd a b) most)))
(assert (not (= (bvashr (bvashr x a) b) (bvashr x (bvadd a b)))))
(check-sat)
