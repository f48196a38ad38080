; Σ (x − z)·w = Σ x·w − z·Σ w, in 32-bit arithmetic even where it wraps. Four terms at full width.
; SPEC section 1, P0: it matters because a target may take the input's zero point off each input or in the bias, once for a channel.
; expect: unsat
(define-sort Word () (_ BitVec 32))
(declare-const x1 Word)
(declare-const x2 Word)
(declare-const x3 Word)
(declare-const x4 Word)
(declare-const w1 Word)
(declare-const w2 Word)
(declare-const w3 Word)
(declare-const w4 Word)
(declare-const z Word)
(define-fun off ((x Word) (w Word)) Word (bvmul (bvsub x z) w))
(define-fun each () Word (bvadd (off x1 w1) (off x2 w2) (off x3 w3) (off x4 w4)))
(define-fun products () Word (bvadd (bvmul x1 w1) (bvmul x2 w2) (bvmul x3 w3) (bvmul x4 w4)))
(define-fun once () Word (bvmul z (bvadd w1 w2 w3 w4)))
(assert (not (= each (bvsub products once))))
; both sides as sums of monomials are the same polynomial
(check-sat-using (then (using-params simplify :som true) smt))
