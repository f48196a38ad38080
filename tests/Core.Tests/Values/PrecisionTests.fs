module QuantFunctional.Tests.PrecisionTests

open Xunit
open QuantFunctional

/// The table of SPEC section 1: output, HasMultiplier, HasZpCorrection, IsArithFolded, IsTflite.
let private table =
    [
        Precision.SimaInt8, ScalarType.Int8, false, false, true, false, "sima-int8"
        Precision.SimaInt16, ScalarType.Int16, false, false, true, false, "sima-int16"
        Precision.TfliteInt8, ScalarType.Int8, true, true, false, true, "tflite-int8"
        Precision.TfliteInt16, ScalarType.Int16, true, true, false, true, "tflite-int16"
        Precision.RestrictedTfliteInt8, ScalarType.Int8, false, false, false, true, "restricted-tflite-int8"
        Precision.RestrictedTfliteInt16, ScalarType.Int16, false, false, false, true, "restricted-tflite-int16"
        Precision.SimaInt32, ScalarType.Int32, false, false, true, false, "sima-int32"
    ]

[<Fact>]
let ``each precision has the row of the table`` () =
    for precision, output, multiplier, correction, folded, tflite, name in table do
        let found =
            precision.OutputType,
            precision.HasMultiplier,
            precision.HasZpCorrection,
            precision.IsArithFolded,
            precision.IsTflite,
            precision.Name

        Assert.Equal((output, multiplier, correction, folded, tflite, name), found)
