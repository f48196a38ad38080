module QuantFunctional.Tests.NumbersTests

open QuantFunctional.FSharp
open Xunit

[<Theory>]
[<InlineData(0.5, 0.0)>]
[<InlineData(1.5, 2.0)>]
[<InlineData(-2.5, -2.0)>]
let ``ties go to the even neighbour`` (x: float, expected: float) =
    Assert.Equal(expected, Numbers.roundHalfEven x)
