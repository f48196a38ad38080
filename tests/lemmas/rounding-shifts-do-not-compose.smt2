; Rounding shifts do not compose, but the second rounding adds at most half a step of the first: for t = x / 2^a to the nearest with
; ties up, and r = t / 2^b with ties away from zero, │r·2^(a+b) − x│ ≤ 2^(a+b−1) + 2^(a−1). The 1/4 that becomes 1 is found.
; SPEC section 1, "rounds twice (1/4 becomes 1): its bound is ½ + ½·2^−(s−1)". It matters because this is the error bound of gemmlowp's
; two roundings. 48 bits, values of 33; a of 1 to 8, b of 1 to 31.
; slow: several seconds, so the command checks it and the tests do not
; expect: sat unsat
(set-logic QF_BV)
(define-sort Word () (_ BitVec 48))
(define-fun one () Word #x000000000001)
(define-fun round ((x Word) (s Word)) Word (bvashr (bvadd x (bvshl one (bvsub s one))) s))
(declare-const x Word)
(declare-const a Word)
(declare-const b Word)
(assert (and (bvule one a) (bvule a #x000000000008) (bvule one b) (bvule b #x00000000001f)))
(assert (and (bvslt (bvneg #x000100000000) x) (bvslt x #x000100000000)))
(define-fun away ((x Word) (s Word)) Word (ite (bvslt x #x000000000000) (bvneg (round (bvneg x) s)) (round x s)))
(define-fun twice () Word (away (round x a) b))
(define-fun apart () Word (bvsub (bvshl twice (bvadd a b)) x))
(define-fun bound () Word (bvadd (bvshl one (bvsub (bvadd a b) one)) (bvshl one (bvsub a one))))
(push)
(assert (and (= x one) (= a one) (= b one) (= twice one)))
(check-sat)
(pop)
(assert (not (and (bvsle (bvneg bound) apart) (bvsle apart bound))))
(check-sat)
