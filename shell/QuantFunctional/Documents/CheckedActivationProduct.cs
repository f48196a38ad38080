namespace QuantFunctional.Documents;

/// <summary>A product of two activations.</summary>
/// <param name="Name">The node's name in the model.</param>
/// <param name="First">How the first operand is stored.</param>
/// <param name="Second">How the second one is stored.</param>
/// <param name="Terms">How many products each of its sums adds; null where the model leaves it open.</param>
public sealed record CheckedActivationProduct(string Name, Storage First, Storage Second, long? Terms);
