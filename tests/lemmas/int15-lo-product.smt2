; Lo: (Σ hi·w << 7) + Σ lo·w is the product Σ a15·w, exactly, in the 32 bits of the accumulator even where they wrap. Two terms
; at full width; more follow by induction, a sum being a term.
; SPEC section 1, int15, IntrinsicShiftLo. It matters because the Lo path then loses nothing but each input's lowest bit.
; expect: unsat
(declare-const hi1 (_ BitVec 32))
(declare-const hi2 (_ BitVec 32))
(declare-const lo1 (_ BitVec 32))
(declare-const lo2 (_ BitVec 32))
(declare-const w1 (_ BitVec 32))
(declare-const w2 (_ BitVec 32))
(define-fun times128 ((x (_ BitVec 32))) (_ BitVec 32) (bvmul x #x00000080))
(define-fun high () (_ BitVec 32) (bvadd (bvmul hi1 w1) (bvmul hi2 w2)))
(define-fun low () (_ BitVec 32) (bvadd (bvmul lo1 w1) (bvmul lo2 w2)))
(define-fun a1 () (_ BitVec 32) (bvadd (times128 hi1) lo1))
(define-fun a2 () (_ BitVec 32) (bvadd (times128 hi2) lo2))
(assert (not (= (bvadd (times128 high) low) (bvadd (bvmul a1 w1) (bvmul a2 w2)))))
; both sides as sums of monomials are the same polynomial
(check-sat-using (then (using-params simplify :som true :mul2concat false) smt))
