module QuantFunctional.Tests.CertificateTests

open FsCheck.Xunit
open QuantFunctional.Testing

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 1000)>]
let ``P08 every layer that is planned is certified`` (case: LayerCase) = CertificateProperties.certified case

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 500)>]
let ``P09 the integer layer lies within the certified bound of the real one, where it does not saturate``
    (case: LayerCase)
    (seed: int)
    =
    CertificateProperties.accuracy case seed

[<Property(Arbitrary = [| typeof<Arbitraries> |], MaxTest = 500)>]
let ``P08 an overflow that is planted is found, with a witness that makes it happen`` (case: LayerCase) (n: int) =
    CertificateProperties.witness case n
