module QuantFunctional.Tests.PlanTests

open FsCheck.Xunit
open QuantFunctional.Testing

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 500)>]
let ``P03 every operation keeps S·Sa·Sw = 2^h·Sc on live channels`` (case: LayerCase) = AlgebraProperties.relation case

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 300)>]
let ``P03 operations on different parts commute`` (case: LayerCase) = AlgebraProperties.commuting case

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 300)>]
let ``P03 an exponent and then its opposite is the identity`` (case: LayerCase) (exponent: sbyte) =
    AlgebraProperties.opposites case exponent

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 300)>]
let ``P03 the bias scale is Sa·Sw over 2^h, and Sc for the dead`` (case: LayerCase) (h: byte) =
    AlgebraProperties.biasScale case h

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 300)>]
let ``P03 an output scaled keeps its zero point, one widened has none and 32 bits``
    (case: LayerCase)
    (exponent: sbyte)
    =
    AlgebraProperties.outputs case exponent

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 300)>]
let ``P03 a plan is put together from its own parts, and from none that are not related`` (case: LayerCase) (n: int) =
    AlgebraProperties.parts case n

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 300)>]
let ``P03 what is made dead has no weight scale and S = 1, and the others stay`` (case: LayerCase) (n: byte) =
    AlgebraProperties.dead case n
