; (x + 2^(s−1)) >> s is x >> s, and one more where the bit below is set; it lies within half a step of x / 2^s.
; 64 bits, x of up to 62, s of 1 to 61: every product of a 32-bit accumulator and a 31-bit multiplier.
; SPEC section 1, "ties up". It matters because the executor adds 2^(s−1) and the exhaustive check's definition looks at the bit.
; expect: unsat unsat sat
(set-logic QF_BV)
(define-sort Word () (_ BitVec 64))
(define-fun one () Word #x0000000000000001)
(declare-const x Word)
(declare-const s Word)
(define-fun nudge () Word (bvshl one (bvsub s one)))
(define-fun rounded () Word (bvashr (bvadd x nudge) s))
(define-fun apart () Word (bvsub (bvshl rounded s) x))
(assert (and (bvule one s) (bvule s #x000000000000003d)))
(assert (and (bvsle (bvneg #x4000000000000000) x) (bvsle x #x4000000000000000)))
(push)
(assert (not (= rounded (bvadd (bvashr x s) (bvand one (bvashr x (bvsub s one)))))))
(check-sat)
(pop)
(push)
(assert (not (and (bvslt (bvneg nudge) apart) (bvsle apart nudge))))
(check-sat)
(pop)
; a tie goes up
(assert (= apart nudge))
(check-sat)
