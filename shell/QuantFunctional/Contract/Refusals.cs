namespace QuantFunctional;

/// <summary>Who has to act on a refusal.</summary>
public static class Refusals
{
    /// <summary>
    /// <see cref="FaultKind.BadInput"/> where the layer or the options contradict themselves or each other,
    /// <see cref="FaultKind.Failed"/> where a sound layer has no plan for the target.
    /// </summary>
    public static FaultKind Kind(this Refused refused)
    {
        ArgumentNullException.ThrowIfNull(refused);
        return refused.Trace.Retries == 0 && IsBadInput(refused.Refusal) ? FaultKind.BadInput : FaultKind.Failed;
    }

    private static bool IsBadInput(Refusal refusal) => refusal is not (
        Refusal.ScaleOutOfRange or Refusal.ShiftAboveRange or Refusal.ProductOverflow or Refusal.BiasOverflow
        or Refusal.OutputOverflow or Refusal.ReluNotRunnable or Refusal.JoinDisagrees
        or Refusal.AttemptLimit);
}
