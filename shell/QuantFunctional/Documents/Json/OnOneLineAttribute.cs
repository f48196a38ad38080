namespace QuantFunctional.Documents.Json;

/// <summary>Says that documents hold an object of this type on one line.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class OnOneLineAttribute : Attribute;
