module QuantFunctional.Tests.NumbersTests

open Xunit

[<Fact>]
let ``x`` () = Assert.Equal(1, QuantFunctional.FSharp.Numbers.x)
