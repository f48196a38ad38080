namespace QuantFunctional.Onnx;

/// <summary>From which release of ONNX Runtime on a quantized file can be used.</summary>
/// <param name="Version">The release by its first two numbers, such as 1.11; 1.10 is the oldest that was tried.</param>
/// <param name="Because">What in the file asks for it; empty where the oldest that was tried will do.</param>
/// <param name="NewestTried">The newest release that was tried.</param>
/// <param name="GivesSameIntegers">
/// Whether all releases between the two give the same integers; else they load the file, and what they compute differs.
/// </param>
public sealed record OldestRelease(string Version, string Because, string NewestTried, bool GivesSameIntegers)
{
    /// <summary>The same as a sentence.</summary>
    public override string ToString()
    {
        var because = Because.Length > 0 ? $" ({Because})" : ", the oldest that was tried,";
        return GivesSameIntegers
            ? $"ONNX Runtime gives these integers from release {Version}{because} to {NewestTried}, the newest that was tried."
            : $"ONNX Runtime loads the file from release {Version}{because} on. From 1.25 on it quantizes the activations of such "
                + "products, too, unless session.qdq_matmulnbits_accuracy_level is 0 or 1.";
    }
}
