namespace QuantFunctional.Onnx.Planning;

/// <summary>How the layers of a request are planned.</summary>
internal static class PlanChoice
{
    /// <summary>The options of every layer, with the target that fits the precision where none is named.</summary>
    /// <remarks>ONNX files hold float32 steps, so every target is planned with these.</remarks>
    /// <exception cref="QuantException">ONNX has no form for the precision, or the target does not run it.</exception>
    internal static PlanOptions Of(QuantizeRequest request)
    {
        var precision = request.Precision;
        if (precision.OutputType is { } type && type != ScalarType.Int8 && type != ScalarType.Int16)
        {
            throw Diagnostics.PrecisionNotInOnnx.Fault(
                $"--precision {precision.Name}: QuantizeLinear has no {type.Name} output, so ONNX has no form for it; "
                + "choose an 8- or 16-bit precision, or plan single layers with 'quantfn plan'.");
        }

        if (request.Ranges is RangeMethod.Percentile { Percent: <= 0 or > 100 } ranges)
            throw Diagnostics.OptionValueWrong.Fault($"--ranges {ranges}: a percentage lies above 0 and is 100 at most.");

        if (request.Preset == QuantizationPreset.Fast && request.Ranges is { IsAuto: true })
        {
            throw Diagnostics.OptionValueWrong.Fault(
                "--ranges auto: it measures, and --preset fast does not; choose minmax, percentile:P or mse, or another preset.");
        }

        var profile = request.Profile
            ?? (precision.OutputType == ScalarType.Int8 ? Profiles.OnnxRuntime : Profiles.Reference);
        if (!profile.Precisions.Contains(precision))
            throw Refused(profile, Refusal.NewPrecisionNotRun(profile.Name, precision));
        if (precision.OutputType == ScalarType.Int8)
            RefuseWithout(profile, ActivationPath.Int8);
        else if (!profile.Paths.Contains(ActivationPath.Int15))
            RefuseZeroPoints(profile, request.SymmetricActivations);

        return new PlanOptions
        {
            Precision = precision,
            PerChannel = request.PerChannel,
            SymmetricActivations = request.SymmetricActivations,
            Profile = FSharp.BackendProfile.withSteps(StepFormat.Float32, profile),
        };
    }

    private static void RefuseZeroPoints(BackendProfile profile, bool symmetric)
    {
        RefuseWithout(profile, ActivationPath.Int16);
        if (!symmetric)
        {
            throw Diagnostics.ProfileNeedsSymmetric.Fault(
                $"--profile {profile.Name}: it multiplies 16-bit activations whole, so that their zero points must be 0; "
                + "add --symmetric-activations.");
        }
    }

    private static void RefuseWithout(BackendProfile profile, ActivationPath path)
    {
        if (!profile.Paths.Contains(path))
            throw Refused(profile, Refusal.NewPathNotRun(profile.Name, path));
    }

    private static QuantException Refused(BackendProfile profile, Refusal refusal) => Diagnostics.Of(refusal).Fault(
        FaultKind.BadInput, $"--profile {profile.Name}: {refusal.Message}; 'quantfn profiles' shows what each of them runs.");
}
