; Hi: Σ hi·w + (Σ lo·w >> 7) is the floor of the Lo product over 128, so 128 times it lies below the Lo product by 0 to 127.
; 64 bits, sums of up to 55.
; SPEC section 1, int15, IntrinsicShiftHi. It matters because "a 128th of the split's error plus 1" in the error bound is this floor.
; expect: unsat unsat sat
(set-logic QF_BV)
(declare-const high (_ BitVec 64))
(declare-const low (_ BitVec 64))
(define-fun limit () (_ BitVec 64) #x0080000000000000)
(define-fun seven () (_ BitVec 64) #x0000000000000007)
(define-fun lo-product () (_ BitVec 64) (bvadd (bvshl high seven) low))
(define-fun hi-product () (_ BitVec 64) (bvadd high (bvashr low seven)))
(define-fun rest () (_ BitVec 64) (bvsub lo-product (bvshl hi-product seven)))
(assert (and (bvslt (bvneg limit) high) (bvslt high limit) (bvslt (bvneg limit) low) (bvslt low limit)))
(push)
(assert (not (= hi-product (bvashr lo-product seven))))
(check-sat)
(pop)
(push)
(assert (not (and (bvsle #x0000000000000000 rest) (bvsle rest #x000000000000007f))))
(check-sat)
(pop)
; the bound is met
(assert (= rest #x000000000000007f))
(check-sat)
