namespace QuantFunctional.Documents;

/// <summary>An Add or Mul between layers.</summary>
/// <param name="Name">The node's name in the model.</param>
/// <param name="Join">How its operands and its output are stored.</param>
/// <param name="Arithmetics">The arithmetics that must make the same integers.</param>
public sealed record CheckedJoin(string Name, Join Join, IReadOnlyList<OperatorArithmetic> Arithmetics);
