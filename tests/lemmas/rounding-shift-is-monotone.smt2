; A larger product never becomes a smaller value: p ≤ q implies round(p / 2^s) ≤ round(q / 2^s), ties up. 64 bits, 62 used.
; SPEC section 4. It matters because the certificate bounds what the requantization gives by its value at both ends.
; expect: unsat
(set-logic QF_BV)
(define-sort Word () (_ BitVec 64))
(define-fun one () Word #x0000000000000001)
(define-fun round ((x Word) (s Word)) Word (bvashr (bvadd x (bvshl one (bvsub s one))) s))
(declare-const p Word)
(declare-const q Word)
(declare-const s Word)
(assert (and (bvule one s) (bvule s #x000000000000003d)))
(assert (and (bvsle (bvneg #x4000000000000000) p) (bvsle p q) (bvsle q #x4000000000000000)))
(assert (not (bvsle (round p s) (round q s))))
(check-sat)
