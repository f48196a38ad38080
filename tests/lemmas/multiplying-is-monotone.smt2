; A larger accumulator never has the smaller product with a positive multiplier: x ≤ y and m > 0 imply x·m ≤ y·m. In whole numbers
; without an end; that 32 by 31 bits fit 64 is the second question, and that 31-bit multipliers reach beyond 2^61 the third.
; SPEC section 4. With rounding-shift-is-monotone it makes the whole requantization monotone, of every width.
; expect: unsat unsat sat
(declare-const x Int)
(declare-const y Int)
(declare-const m Int)
(assert (> m 0))
(push)
(assert (<= x y))
(assert (not (<= (* x m) (* y m))))
(check-sat)
(pop)
(push)
(assert (and (<= (- 2147483648) x) (< x 2147483648) (< m 2147483648)))
(assert (not (and (<= (- 4611686018427387904) (* x m)) (<= (* x m) 4611686018427387904))))
(check-sat)
(pop)
(assert (and (= x (- 2147483648)) (= m 2147483647) (< (* x m) (- 2305843009213693952))))
(check-sat)
