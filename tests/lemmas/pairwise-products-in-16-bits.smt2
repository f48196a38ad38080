; The sum of two products of an unsigned 8-bit input and a signed 8-bit weight fits 16 bits for every input exactly where the
; weights above 0 make no more than 128 together, and those below 0 no less than −128. SPEC section 1, how products are added.
; It matters because x64 without VNNI adds such pairs with saturation.
; expect: unsat sat unsat
(set-logic QF_BV)
(define-sort Word () (_ BitVec 32))
(declare-const a1 (_ BitVec 8))
(declare-const a2 (_ BitVec 8))
(declare-const w1 (_ BitVec 8))
(declare-const w2 (_ BitVec 8))
(define-fun product ((a (_ BitVec 8)) (w (_ BitVec 8))) Word (bvmul ((_ zero_extend 24) a) ((_ sign_extend 24) w)))
(define-fun sum () Word (bvadd (product a1 w1) (product a2 w2)))
(define-fun fits () Bool (= sum ((_ sign_extend 16) ((_ extract 15 0) sum))))
(define-fun wide ((w (_ BitVec 8))) Word ((_ sign_extend 24) w))
(define-fun above ((w (_ BitVec 8))) Word (ite (bvsgt w #x00) (wide w) (_ bv0 32)))
(define-fun below ((w (_ BitVec 8))) Word (ite (bvslt w #x00) (wide w) (_ bv0 32)))
(define-fun safe () Bool
  (and (bvsle (bvadd (above w1) (above w2)) (_ bv128 32)) (bvsge (bvadd (below w1) (below w2)) (bvneg (_ bv128 32)))))
; safe weights fit for every input
(push)
(assert (and safe (not fits)))
(check-sat)
(pop)
; some weights do not
(push)
(assert (not fits))
(check-sat)
(pop)
; and none that are not safe fit at both ends
(assert (and (not safe) (= a1 #xff) (= a2 #xff) fits))
(check-sat)
