; A 16-bit input, halved with a floor, is 128·hi + lo with hi of 8 bits and lo of 0 to 127; what is dropped is its lowest bit.
; SPEC section 1, int15. It matters because hi and lo must fit 8-bit multipliers, and because the dropped bit, 0 or 1, is all
; that the error bound charges for each input.
; expect: unsat sat
(set-logic QF_BV)
(declare-const a (_ BitVec 16))
(define-fun half () (_ BitVec 16) (bvashr a #x0001))
(define-fun hi () (_ BitVec 16) (bvashr half #x0007))
(define-fun lo () (_ BitVec 16) (bvand half #x007f))
(push)
(assert (not (and (= half (bvadd (bvshl hi #x0007) lo))
                  (bvsle (bvneg #x0080) hi) (bvsle hi #x007f)
                  (bvsle #x0000 lo) (bvsle lo #x007f)
                  (bvule (bvsub a (bvshl half #x0001)) #x0001))))
(check-sat)
(pop)
; both ends of hi are reached, so 8 bits are needed
(assert (= hi (bvneg #x0080)))
(check-sat)
