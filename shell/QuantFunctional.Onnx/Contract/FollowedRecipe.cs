namespace QuantFunctional.Onnx;

/// <summary>The recipe that a quantization followed.</summary>
/// <param name="File">Its file.</param>
/// <param name="Tool">The version of the library that wrote it.</param>
/// <param name="Samples">How many samples its choices were made on.</param>
/// <param name="DataSha256">What tells these from others.</param>
public sealed record FollowedRecipe(string File, string Tool, long Samples, string DataSha256);
