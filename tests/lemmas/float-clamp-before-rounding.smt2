; In float32, holding a value under a whole number and then rounding half to even is rounding and then holding it under; so is
; holding it above one. Every float32 but NaN, every whole number. Both together are the clamp to an output range.
; ORT.md section 3, QLinearConv. It matters because ONNX Runtime clamps first and other engines round first.
; slow: several seconds, so the command checks it and the tests do not
; expect: unsat unsat sat
(set-logic QF_FP)
(define-sort Single () Float32)
(declare-const x Single)
(declare-const limit Single)
(define-fun rint ((x Single)) Single (fp.roundToIntegral RNE x))
(define-fun smaller ((x Single) (y Single)) Single (ite (fp.lt y x) y x))
(define-fun larger ((x Single) (y Single)) Single (ite (fp.gt y x) y x))
(assert (not (or (fp.isNaN x) (fp.isNaN limit))))
(push)
(assert (fp.eq limit (rint limit)))
(assert (not (fp.eq (rint (smaller x limit)) (smaller (rint x) limit))))
(check-sat)
(pop)
(push)
(assert (fp.eq limit (rint limit)))
(assert (not (fp.eq (rint (larger x limit)) (larger (rint x) limit))))
(check-sat)
(pop)
; with a limit that is not a whole number it is false
(assert (not (fp.eq (rint (smaller x limit)) (smaller (rint x) limit))))
(check-sat)
