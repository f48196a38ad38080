namespace QuantFunctional.Testing

open System
open System.Collections.Generic
open FsCheck
open FsCheck.FSharp
open QuantFunctional

/// A property of planned layers, over any layer and request.
[<NoComparison; NoEquality>]
type SpecProperty =
    {
        /// Its number in the list at the end of docs/arithmetic.md.
        Number: int
        /// What holds.
        Sentence: string
        /// The check of a layer; what it needs beside it (an input, an exponent, an order) is drawn from the seed.
        Check: Func<int, LayerCase, Property>
    }

/// The properties of docs/arithmetic.md as functions, for layers, requests and profiles of one's own. A layer that is refused
/// meets those that speak of plans; the functions classify it as refused.
[<RequireQualifiedAccess>]
module Properties =

    let private all (checks: Property list) : Property = List.reduce (.&.) checks

    let private holds (check: 'T) : Property = Prop.ofTestable check

    /// The largest weight of each scale becomes m, and none clamps by more than rounding.
    [<CompiledName "WeightScale">]
    let weightScale (case: LayerCase) : Property =
        all
            [
                holds (ScaleProperties.weightScale case)
                holds (ScaleProperties.weightsUsed case)
                holds (ScaleProperties.tensorScale case)
            ]

    /// Every operation on a plan keeps S·Sa·Sw = 2^h·Sc, those on different parts commute, and each has its inverse.
    [<CompiledName "PlanAlgebra">]
    let planAlgebra (seed: int) (case: LayerCase) : Property =
        all
            [
                holds (AlgebraProperties.relation case)
                holds (AlgebraProperties.commuting case)
                holds (AlgebraProperties.opposites case (sbyte seed))
                holds (AlgebraProperties.biasScale case (byte seed))
                holds (AlgebraProperties.outputs case (sbyte seed))
                holds (AlgebraProperties.parts case seed)
                holds (AlgebraProperties.dead case (byte seed))
            ]

    /// A folded layer has the multiplier 1, S is a power of two, and at least half of the range of the weights is used.
    [<CompiledName "Folding">]
    let folding (case: LayerCase) : Property = holds (ScaleProperties.folding case)

    /// Multiplier and shift hold S to the last bit of the multiplier.
    [<CompiledName "Multiplier">]
    let multiplier (case: LayerCase) : Property = holds (ScaleProperties.multiplier case)

    /// An accepted bias is within half a step of the real one.
    [<CompiledName "Bias">]
    let bias (case: LayerCase) : Property = holds (BiasProperties.accepted case)

    /// Zero points in and no bias give the zero point, borders included.
    [<CompiledName "ZeroPoint">]
    let zeroPoint (seed: int) (case: LayerCase) : Property =
        all
            [
                holds (BiasProperties.zeros case)
                holds (BiasProperties.zerosBeyondBorder case seed)
            ]

    /// No intermediate leaves its certified interval or its accumulator, in arbitrary precision.
    [<CompiledName "Soundness">]
    let soundness (seed: int) (case: LayerCase) : Property =
        all
            [
                holds (SoundnessProperties.onTheWay case seed)
                holds (SoundnessProperties.executor case seed)
                holds (CertificateProperties.certified case)
                holds (CertificateProperties.witness case seed)
            ]

    /// The integer layer lies within the certified bound of the real one, where it does not saturate.
    [<CompiledName "Accuracy">]
    let accuracy (seed: int) (case: LayerCase) : Property =
        holds (CertificateProperties.accuracy case seed)

    /// Planning ends within its bound, every retry raises the measure, and a replay gives the same plan.
    [<CompiledName "Backtracking">]
    let backtracking (case: LayerCase) : Property =
        all
            [
                holds (SearchProperties.ends case)
                holds (SearchProperties.replay case)
                holds (SearchProperties.repeats case)
            ]

    /// Permuting channels permutes the plan, scaling weights by 2^k and the input by 2^−k changes no integer.
    [<CompiledName "Symmetry">]
    let symmetry (seed: int) (case: LayerCase) : Property =
        all
            [
                holds (SymmetryProperties.permutes case seed)
                holds (SymmetryProperties.scaling case (sbyte seed))
            ]

    /// The same layer in another layout gives the same integers.
    [<CompiledName "Layout">]
    let layout (case: LayerCase) : Property =
        holds (LayoutProperties.sameIntegers case)

    /// Channels of one range are planned per tensor as per channel.
    [<CompiledName "PerTensor">]
    let perTensor (case: LayerCase) : Property =
        holds (SymmetryProperties.perTensor case)

    /// Whatever the numbers, there is a plan or a typed refusal.
    [<CompiledName "Answer">]
    let answer (case: LayerCase) : Property =
        holds (SymmetryProperties.answered case)

    /// No pair of products leaves 16 bits where the target adds them there, and no step of weights is larger than that
    /// asks for, but by one per cent.
    [<CompiledName "Pairs">]
    let pairs (case: LayerCase) : Property =
        all
            [
                holds (PairProperties.noneOverflows case)
                holds (PairProperties.smallestStep case)
            ]

    /// Under a profile of several arithmetics the planned step of a join makes all of them agree on all pairs of stored
    /// inputs, and no smaller raise does.
    [<CompiledName "Joins">]
    let joins (profile: BackendProfile) (case: JoinCase) : Property =
        holds (JoinProperties.smallest profile case)

    let private property number sentence check =
        {
            Number = number
            Sentence = sentence
            Check = Func<_, _, _>(check)
        }

    /// All of them, in the order of their numbers.
    [<CompiledName "All">]
    let every: IReadOnlyList<SpecProperty> =
        [
            property
                2
                "the largest weight of each scale becomes m, and none clamps by more than rounding"
                (fun _ case -> weightScale case)
            property
                3
                "every operation on a plan keeps S·Sa·Sw = 2^h·Sc, those on different parts commute, and each has its inverse"
                (fun seed case -> planAlgebra seed case)
            property
                4
                "a folded layer has the multiplier 1, S is a power of two, and at least half of the range of the weights is used"
                (fun _ case -> folding case)
            property 5 "multiplier and shift hold S to the last bit of the multiplier" (fun _ case -> multiplier case)
            property 6 "an accepted bias is within half a step of the real one" (fun _ case -> bias case)
            property 7 "zero points in and no bias give the zero point, borders included" (fun seed case ->
                zeroPoint seed case)
            property
                8
                "no intermediate leaves its certified interval or its accumulator, in arbitrary precision"
                (fun seed case -> soundness seed case)
            property
                9
                "the integer layer lies within the certified bound of the real one, where it does not saturate"
                (fun seed case -> accuracy seed case)
            property
                10
                "planning ends within its bound, every retry raises the measure, and a replay gives the same plan"
                (fun _ case -> backtracking case)
            property
                12
                "permuting channels permutes the plan, scaling weights by 2^k and the input by 2^−k changes no integer"
                (fun seed case -> symmetry seed case)
            property 13 "the same layer in another layout gives the same integers" (fun _ case -> layout case)
            property 14 "channels of one range are planned per tensor as per channel" (fun _ case -> perTensor case)
            property 16 "whatever the numbers, there is a plan or a typed refusal" (fun _ case -> answer case)
            property
                17
                "no pair of products leaves 16 bits where the target adds them there, and no step is more than one per cent too large"
                (fun _ case -> pairs case)
        ]
