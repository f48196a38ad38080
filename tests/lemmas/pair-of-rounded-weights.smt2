; Two real numbers of at most 128 together, each rounded half to even, are at most 128 together; two of more than 129 never are.
; SPEC section 2, pairs. It matters because the smallest safe step of a channel's weights follows from its largest pair alone.
; expect: unsat unsat sat sat
(set-logic QF_LIRA)
(declare-const x Real)
(declare-const y Real)
(declare-const m Int)
(declare-const n Int)
(declare-const half-m Int)
(declare-const half-n Int)
; n is x rounded half to even
(define-fun rounds ((x Real) (n Int) (half-n Int)) Bool
  (and (<= (- (to_real n) 0.5) x (+ (to_real n) 0.5))
       (=> (or (= x (- (to_real n) 0.5)) (= x (+ (to_real n) 0.5))) (= n (* 2 half-n)))))
(assert (and (rounds x m half-m) (rounds y n half-n)))
(push)
(assert (and (<= (+ x y) 128.0) (> (+ m n) 128)))
(check-sat)
(pop)
(push)
(assert (and (> (+ x y) 129.0) (<= (+ m n) 128)))
(check-sat)
(pop)
; between 128 and 129 both occur, so that the integers must be looked at
(push)
(assert (and (> (+ x y) 128.0) (< (+ x y) 128.001) (> (+ m n) 128)))
(check-sat)
(pop)
(push)
(assert (and (> (+ x y) 128.999) (<= (+ m n) 128)))
(check-sat)
(pop)
