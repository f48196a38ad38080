module QuantFunctional.Tests.ProfileRulesTests

open System.Collections.Immutable
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open QuantFunctional
open QuantFunctional.FSharp
open QuantFunctional.Testing

let private reference = BackendProfile.reference

let private accumulator change (profile: BackendProfile) =
    { profile with
        Accumulator = change profile.Accumulator
    }

let private int16Accumulator change (profile: BackendProfile) =
    { profile with
        Int16Accumulator = change profile.Int16Accumulator
    }

let private bits count (a: Accumulator) = { a with Bits = count }

let private unitShift lowest highest (a: Accumulator) =
    { a with
        UnitShift = { Lowest = lowest; Highest = highest }
    }

let private multiplierShift lowest highest (a: Accumulator) =
    { a with
        MultiplierShift = { Lowest = lowest; Highest = highest }
    }

let private rounding how (a: Accumulator) = { a with Rounding = how }

let private inBias (profile: BackendProfile) =
    { profile with
        OutputZeroPoint = OutputZeroPoint.ByPrecision
    }

let private after (profile: BackendProfile) =
    { profile with
        OutputZeroPoint = OutputZeroPoint.AfterRequantization
    }

let private width count (profile: BackendProfile) =
    { profile with
        Multiplier = MultiplierForm.Integer count
    }

/// Profiles that contradict themselves, each by the field that must be named.
let private contradictions: (string * BackendProfile) list =
    [
        "name", { reference with Name = "" }
        "name", { reference with Name = " \t" }
        "paths",
        { reference with
            Paths = ImmutableArray.Empty
        }
        "paths",
        { reference with
            Paths = ImmutableArray<ActivationPath>()
        }
        "precisions",
        { reference with
            Precisions = ImmutableArray.Empty
        }
        "multiplier", width 1 reference
        "multiplier", width 32 reference
        "accumulator.bits", accumulator (bits 7) reference
        "accumulator.bits", accumulator (bits 49) reference
        "int16Accumulator.bits", int16Accumulator (bits 7) reference
        "accumulator.bits", accumulator (bits 33) reference // times 31 bits: 64
        "int16Accumulator.bits", int16Accumulator (bits 48) reference
        "accumulator.unitShift", accumulator (unitShift 6 5) reference
        "int16Accumulator.unitShift", int16Accumulator (unitShift 6 5) reference
        "accumulator.multiplierShift", accumulator (multiplierShift 32 31) reference
        "int16Accumulator.multiplierShift", int16Accumulator (multiplierShift 32 31) reference
        "accumulator.unitShift", accumulator (unitShift -513 0) BackendProfile.onnxRuntime
        "accumulator.unitShift", accumulator (unitShift 0 513) BackendProfile.onnxRuntime
        "accumulator.multiplierShift", accumulator (multiplierShift -513 0) BackendProfile.onnxRuntime
        "accumulator.multiplierShift", accumulator (multiplierShift 0 513) BackendProfile.onnxRuntime
        "accumulator.unitShift", accumulator (unitShift -1 31) (after reference)
        "accumulator.unitShift", accumulator (unitShift 0 63) (after reference)
        "accumulator.multiplierShift", accumulator (multiplierShift -1 62) reference
        "accumulator.multiplierShift", accumulator (multiplierShift 0 63) reference
        "accumulator.unitShift", accumulator (unitShift -1 31) (inBias reference)
        "accumulator.unitShift", accumulator (unitShift 0 47) (inBias reference)
        "int16Accumulator.unitShift", int16Accumulator (unitShift 0 47) (inBias reference)
        "accumulator.rounding", accumulator (rounding RequantizationRounding.SingleTiesToEven) reference
        "accumulator.rounding",
        { reference with
            Multiplier = MultiplierForm.Single24
        }
        "accumulator.rounding",
        reference |> width 24 |> accumulator (rounding RequantizationRounding.OnceTiesUpReduced16)
        "int16Accumulator.rounding", int16Accumulator (rounding RequantizationRounding.SingleTiesToEven) reference
        "accumulator.rounding", reference |> width 24 |> accumulator (rounding RequantizationRounding.TwiceGemmlowp)
        "int16Accumulator.rounding",
        reference |> width 15 |> int16Accumulator (bits 40 >> rounding RequantizationRounding.TwiceGemmlowp)
    ]

[<Fact>]
let ``a profile that contradicts itself is refused by its field`` () =
    for field, profile in contradictions do
        match ProfileRules.check profile with
        | Error(Refusal.ProfileNotValid(name, found, remedy)) ->
            Assert.Equal((profile.Name, field), (name, found))
            Assert.NotEmpty remedy
        | other -> failwith $"{field}: {other}"

[<Fact>]
let ``a profile at the very end of what is permitted is taken`` () =
    for profile in
        [
            accumulator (bits 32) reference
            accumulator (bits 8) reference
            reference |> width 15 |> accumulator (bits 48) |> int16Accumulator (bits 48)
            width 2 reference
            width 31 reference
            accumulator (unitShift 5 5) reference
            accumulator (unitShift 0 46) (inBias reference)
            accumulator (unitShift 0 62) (after reference)
            accumulator (multiplierShift 0 62) reference
            accumulator (unitShift -512 512) BackendProfile.onnxRuntime
            accumulator (multiplierShift -512 512) BackendProfile.onnxRuntime
        ] do
        Assert.Equal(Ok profile, ProfileRules.check profile)

[<Fact>]
let ``every named profile meets the rules`` () =
    for profile in BackendProfile.named do
        Assert.Equal(Ok profile, ProfileRules.check profile)

[<Property>]
let ``every profile that the tests draw up meets the rules`` () =
    Prop.forAll (Arb.fromGen RequestGen.profile) (fun profile -> ProfileRules.check profile = Ok profile)

[<Fact>]
let ``nothing is planned for a profile that is not valid`` () =
    let profile = accumulator (unitShift 6 5) reference

    match PlainCase.refusal (PlainCase.ofWeights profile Precision.SimaInt8 [| [| 1.0f |] |]) with
    | Refusal.ProfileNotValid("reference", "accumulator.unitShift", _) -> ()
    | other -> failwith $"{other}"
