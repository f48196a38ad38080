; Where every term's interval contains 0, the sum of any of the terms lies in the interval of the whole sum: no order overflows on
; the way where the whole does not. Six terms, each in the sum or not.
; SPEC section 4, "every term's interval contains 0, so any order of summation is safe". It matters because a target may saturate.
; expect: unsat sat
(set-logic QF_LIA)
(declare-const l1 Int) (declare-const h1 Int) (declare-const x1 Int) (declare-const in1 Bool)
(declare-const l2 Int) (declare-const h2 Int) (declare-const x2 Int) (declare-const in2 Bool)
(declare-const l3 Int) (declare-const h3 Int) (declare-const x3 Int) (declare-const in3 Bool)
(declare-const l4 Int) (declare-const h4 Int) (declare-const x4 Int) (declare-const in4 Bool)
(declare-const l5 Int) (declare-const h5 Int) (declare-const x5 Int) (declare-const in5 Bool)
(declare-const l6 Int) (declare-const h6 Int) (declare-const x6 Int) (declare-const in6 Bool)
(define-fun inside ((l Int) (x Int) (h Int)) Bool (and (<= l x) (<= x h)))
(define-fun taken ((in Bool) (x Int)) Int (ite in x 0))
(define-fun partial () Int
  (+ (taken in1 x1) (taken in2 x2) (taken in3 x3) (taken in4 x4) (taken in5 x5) (taken in6 x6)))
(define-fun outside () Bool (not (inside (+ l1 l2 l3 l4 l5 l6) partial (+ h1 h2 h3 h4 h5 h6))))
(assert (and (inside l1 x1 h1) (inside l2 x2 h2) (inside l3 x3 h3)
             (inside l4 x4 h4) (inside l5 x5 h5) (inside l6 x6 h6)))
(push)
(assert (and (inside l1 0 h1) (inside l2 0 h2) (inside l3 0 h3)
             (inside l4 0 h4) (inside l5 0 h5) (inside l6 0 h6)))
(assert outside)
(check-sat)
(pop)
; without 0 in the intervals it is false
(assert outside)
(check-sat)
