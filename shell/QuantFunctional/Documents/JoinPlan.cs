namespace QuantFunctional.Documents;

/// <summary>The output step of an Add or Mul between layers.</summary>
/// <remarks>Compares by content.</remarks>
/// <param name="Name">The node's name, else its first output.</param>
/// <param name="Operator">The node's operator.</param>
/// <param name="Raise">By how many 2^−15 of itself the step is raised above what the observed range asks for.</param>
/// <param name="StepBefore">The step that the observed range asks for.</param>
/// <param name="StepAfter">The raised step, rounded to float32.</param>
/// <param name="Arithmetics">
/// The arithmetics that make the same integers of every pair of stored inputs with that step, and with no smaller raise.
/// </param>
public sealed record JoinPlan(
    string Name,
    string Operator,
    int Raise,
    double StepBefore,
    double StepAfter,
    IReadOnlyList<OperatorArithmetic> Arithmetics)
{
    /// <summary>True where both say the same.</summary>
    public bool Equals(JoinPlan? other) =>
        other is not null
        && (Name, Operator, Raise, StepBefore, StepAfter)
            == (other.Name, other.Operator, other.Raise, other.StepBefore, other.StepAfter)
        && Arithmetics.SequenceEqual(other.Arithmetics);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Operator, Raise, StepBefore, StepAfter);
}
