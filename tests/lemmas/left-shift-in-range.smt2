; x·2^e, for e of 0 to 31, fits 32 bits exactly where x lies in [−2^(31−e), 2^(31−e)); then shifting the 32-bit register left loses nothing.
; SPEC section 1, "bounds (P + Qb)·2^max(0, exponent) in int32". It matters because this interval is what the certificate proves, and
; the accumulators that the exhaustive check leaves out are those outside it.
; expect: unsat
(set-logic QF_BV)
(define-sort Word () (_ BitVec 64))
(declare-const x (_ BitVec 32))
(declare-const e (_ BitVec 32))
(define-fun wide ((x (_ BitVec 32))) Word ((_ sign_extend 32) x))
(define-fun limit () Word (bvshl #x0000000000000001 (bvsub #x000000000000001f (wide e))))
(define-fun inside () Bool (and (bvsle (bvneg limit) (wide x)) (bvslt (wide x) limit)))
(assert (bvule e #x0000001f))
(assert (not (= inside (= (wide (bvshl x e)) (bvshl (wide x) (wide e))))))
(check-sat)
