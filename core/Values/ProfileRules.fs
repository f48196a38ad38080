namespace QuantFunctional.FSharp

open QuantFunctional

/// What a profile must meet before anything is planned for it. Profiles are open records, which users write.
[<RequireQualifiedAccess>]
module ProfileRules =

    // Zc·2^shift must stay far inside 64 bits, whatever the zero point of 16 bits.
    let private largestShiftInBias = 46

    // the product has at most 62 bits and a sign; 64 bits hold it with the rounding constant, half of 2^shift
    let private largestShiftOfIntegers = 62

    let private accumulator (profile: BackendProfile) (name: string) (accumulator: Accumulator) =
        let single = accumulator.Rounding = RequantizationRounding.SingleTiesToEven

        let lowest, highest = if single then -512, 512 else 0, largestShiftOfIntegers

        let range (field: string) (shifts: ShiftRange) =
            [
                shifts.Lowest > shifts.Highest,
                $"{name}.{field}",
                $"the lowest shift, {shifts.Lowest}, is above the highest, {shifts.Highest}"
                shifts.Lowest < lowest || shifts.Highest > highest,
                $"{name}.{field}",
                $"shifts lie in {lowest} to {highest} with this rounding"
            ]

        let inBias = profile.OutputZeroPoint = OutputZeroPoint.ByPrecision
        let shifts = accumulator.UnitShift

        let factorBits =
            if accumulator.Rounding = RequantizationRounding.OnceTiesUpReduced16 then
                15
            else
                profile.Multiplier.Width

        [
            accumulator.Bits < 8 || accumulator.Bits > 48, $"{name}.bits", $"{accumulator.Bits} is not one of 8 to 48"
            not single && accumulator.Bits + factorBits > 63,
            $"{name}.bits",
            $"{accumulator.Bits} bits times a multiplier of {factorBits} do not fit 64"
            yield! range "unitShift" shifts
            yield! range "multiplierShift" accumulator.MultiplierShift
            inBias && (shifts.Lowest < 0 || shifts.Highest > largestShiftInBias),
            $"{name}.unitShift",
            $"a zero point that travels in the bias needs shifts of 0 to {largestShiftInBias}"
            single <> (profile.Multiplier = MultiplierForm.Single24),
            $"{name}.rounding",
            "a float32 factor and rounding in float32 belong together"
            accumulator.Rounding = RequantizationRounding.TwiceGemmlowp
            && (profile.Multiplier <> MultiplierForm.Integer 31 || accumulator.Bits > 32),
            $"{name}.rounding",
            "gemmlowp's two roundings take a multiplier of 31 bits and an accumulator of at most 32"
            accumulator.Rounding = RequantizationRounding.OnceTiesUpReduced16
            && profile.Multiplier <> MultiplierForm.Integer 31,
            $"{name}.rounding",
            "a multiplier that is reduced to 16 bits has 31 bits at first"
        ]

    /// The profile, if it does not contradict itself; else the first field that does.
    let check (profile: BackendProfile) : Result<BackendProfile, Refusal> =
        let faults =
            [
                System.String.IsNullOrWhiteSpace profile.Name, "name", "it needs a name"
                profile.Paths.IsDefaultOrEmpty, "paths", "it needs at least one"
                profile.Precisions.IsDefaultOrEmpty, "precisions", "it needs at least one"
                profile.Multiplier.Width < 2 || profile.Multiplier.Width > 31,
                "multiplier",
                $"{profile.Multiplier.Width} bits are not 2 to 31"
                profile.Steps = StepFormat.Float16, "steps", "float16 holds the steps of weights alone"
                profile.BetweenLayers.IsDefaultOrEmpty, "betweenLayers", "it needs at least one"
                not profile.BetweenLayers.IsDefaultOrEmpty
                && profile.BetweenLayers.Length > 1
                && profile.BetweenLayers.Contains OperatorArithmetic.Tflite,
                "betweenLayers",
                "TFLite's kernels have steps of their own, so they go with no others"
                yield! accumulator profile "accumulator" profile.Accumulator
                yield! accumulator profile "int16Accumulator" profile.Int16Accumulator
            ]

        match faults |> List.tryFind (fun (fault, _, _) -> fault) with
        | Some(_, field, remedy) -> Error(Refusal.ProfileNotValid(profile.Name, field, remedy))
        | None -> Ok profile
