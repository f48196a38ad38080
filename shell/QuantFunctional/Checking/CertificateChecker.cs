using System.Globalization;
using System.Numerics;
using QuantFunctional.Documents;

namespace QuantFunctional.Checking;

/// <summary>
/// Checks every claim of a certificate again, from the integers that it speaks of. It shares no code with planning, nor
/// with what made the certificate.
/// </summary>
/// <remarks>
/// Messages are for people and are not read; neither is a layer looked at that the certificate does not name:
/// <see cref="NotCovered"/> lists those.
/// </remarks>
public static class CertificateChecker
{
    /// <summary>The claims that are not true of the layers, each as a sentence without its full stop; none where all are.</summary>
    public static IReadOnlyList<string> Disputes(CertificateReport certificate, CheckedLayers layers)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        ArgumentNullException.ThrowIfNull(layers);
        var disputes = new List<string>();
        Compare(disputes, "the format", certificate.Format, CertificateReport.FormatName);
        Compare(disputes, "the version", certificate.Version, CertificateReport.CurrentVersion);
        Compare(disputes, "the model", certificate.Model, layers.Model);
        disputes.AddRange(OfModel(certificate.ModelSha256, layers.QuantizedModel));
        Compare(
            disputes, "passed", certificate.Passed,
            certificate.Layers.All(layer => layer.Passed) && certificate.Joins.All(join => join.Passed)
                && (certificate.ActivationProducts ?? []).All(product => product.Passed));
        foreach (var name in certificate.NothingToVerify.Except(layers.NothingToVerify))
            disputes.Add($"{name}: there is no such layer of which nothing can overflow");
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var claims in certificate.Layers)
        {
            var number = seen[claims.Name] = seen.GetValueOrDefault(claims.Name) + 1;
            var named = layers.Layers.Where(layer => layer.Name == claims.Name).Skip(number - 1).FirstOrDefault();
            if (named is null)
                disputes.Add($"{claims.Name}: there is no such layer");
            else
                disputes.AddRange(OfLayer(claims, named).Select(text => $"{claims.Name}: {text}"));
        }

        disputes.AddRange(OfJoins(certificate, layers));
        disputes.AddRange(OwnActivationProducts.Disputes(certificate.ActivationProducts ?? [], layers.ActivationProducts));
        return disputes;
    }

    /// <summary>The layers that a certificate says nothing of.</summary>
    public static IReadOnlyList<string> NotCovered(CertificateReport certificate, CheckedLayers layers)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        ArgumentNullException.ThrowIfNull(layers);
        var names = layers.Layers.Select(layer => layer.Name).Concat(layers.NothingToVerify);
        var covered = certificate.Layers.Select(layer => layer.Name).Concat(certificate.NothingToVerify);
        var joins = layers.Joins.Select(join => join.Name).Except(certificate.Joins.Select(join => join.Name));
        var products = layers.ActivationProducts.Select(product => product.Name)
            .Except((certificate.ActivationProducts ?? []).Select(product => product.Name));
        return [.. names.Except(covered), .. joins, .. products];
    }

    // a certificate of an older version says nothing of the whole model
    private static IEnumerable<string> OfModel(string? claimed, WrittenModel? model)
    {
        if (claimed is null || claimed == model?.Sha256)
            return [];
        return model is null
            ? ["it is of a quantized model, of which nothing is known here; name the model itself"]
            :
            [
                $"it was made of another model: the SHA-256 of the tensors and operators of {model.File} is {model.Sha256}, not "
                + $"{claimed}; make the certificate again with quantfn verify -o",
            ];
    }

    private static IEnumerable<string> OfJoins(CertificateReport certificate, CheckedLayers layers)
    {
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var claims in certificate.Joins)
        {
            var number = seen[claims.Name] = seen.GetValueOrDefault(claims.Name) + 1;
            var named = layers.Joins.Where(join => join.Name == claims.Name).Skip(number - 1).FirstOrDefault();
            var disputes = named is null ? ["there is no such Add or Mul"] : new OwnJoins(named).Disputes(claims);
            foreach (var text in disputes)
                yield return $"{claims.Name}: {text}";
        }
    }

    private static List<string> OfLayer(LayerCertificateReport claims, CheckedLayer layer)
    {
        var disputes = new List<string>();
        var own = new OwnFindings(layer);
        Compare(disputes, "the profile", claims.Profile, layer.Integers.Profile.Name);
        Compare(disputes, "the way products are added", claims.Products, own.Pairs.Products);
        Compare(disputes, "the number of channels", claims.Channels, layer.Integers.Shape.Channels);
        Compare(disputes, "the SHA-256 of the integers", claims.IntegersSha256, own.Arithmetic.Digest());
        Compare(disputes, "passed", claims.Passed, own.Violations.Count == 0);
        Match(disputes, "a violation", claims.Violations.Select(Text), own.Violations);
        Match(disputes, "a notice", claims.Notices.Select(Text), own.Notices);
        Match(disputes, "an interval", claims.Bounds.SelectMany(Texts), Texts(own.Ranges));
        if (disputes.Count == 0)
        {
            disputes.AddRange(Errors(claims, own));
            disputes.AddRange(claims.Violations.Where(v => !IsWitnessed(v, own))
                .Select(v => $"the witness of {Text(v)} does not reach it"));
        }

        return disputes;
    }

    private static IEnumerable<string> Errors(LayerCertificateReport claims, OwnFindings own)
    {
        var isBounded = own.Ranges.Count > 0 && own.Ranges.All(channel => channel.All(range => range.Holds))
            && !own.Pairs.Beyond().Any();
        double[] expected = isBounded ? [.. own.Ranges.Select((_, channel) => own.ErrorBound(channel))] : [];
        var found = claims.ErrorBounds ?? [];
        if (found.Count != expected.Length)
            return [$"there are error bounds of {found.Count} channels, of {expected.Length} there must be"];
        var wrong = expected.Index().Where(own => !IsBound(found[own.Index], own.Item))
            .Select(own => string.Create(
                CultureInfo.InvariantCulture,
                $"the error bound of channel {own.Index} is {FSharp.RealText.ofDouble(found[own.Index])}, not {FSharp.RealText.ofDouble(own.Item)}"));
        var largest = claims.ErrorBound is not { } most ? found.Count == 0
            : found.Count > 0 && (most.Channel, most.Steps) == found.Index().MaxBy(bound => bound.Item);
        return largest ? wrong : wrong.Append("the largest error bound is not that of the channels");
    }

    // the sum of a few doubles is rounded, and a bound that is much larger than it need be is another one
    private static bool IsBound(double claimed, double own) => claimed >= own && claimed <= own * (1 + 1e-9);

    private static bool IsWitnessed(ViolationReport claim, OwnFindings own)
    {
        if (claim.Kind is not ("overflow" or "pair-overflow"))
            return claim.Witness is null;
        var arithmetic = own.Arithmetic;
        var (low, high) = arithmetic.Inputs;
        if (claim.Witness is not { } inputs || inputs.Count != arithmetic.Weights(claim.Channel).Length
            || inputs.Any(x => x < low || x > high))
        {
            return false;
        }

        // only neighbours make one sum; two weights that are none make two
        if (claim.Kind == "pair-overflow")
        {
            return inputs.Count(x => x != low) == 2
                && own.Pairs.Sums(claim.Channel, inputs).Where(pair => pair != 0).ToList() is [var only]
                && only == claim.Value;
        }

        var reached = arithmetic.Ranges(claim.Channel, i => (inputs[i], inputs[i]))
            .Single(range => range.Name == claim.Intermediate);
        return claim.Value == (claim.Value > claim.Limit ? reached.High : reached.Low);
    }

    private static string Text(ViolationReport v) => v.Kind.EndsWith("-not-held", StringComparison.Ordinal)
        ? OwnFindings.TextOfReal(v.Kind, v.Channel, v.Held, v.Claimed)
        : OwnFindings.Text(v.Kind, v.Channel, v.Value, v.Limit) + (v.Intermediate is { } name ? $" of {name}" : "");

    private static string Text(NoticeReport n) =>
        $"{OwnFindings.Text(n.Kind, n.Channel, n.Value, n.Limit)} x{(object?)n.Channels ?? n.Bits}";

    private static IEnumerable<string> Texts(BoundsReport claim) => claim.Smallest.Count != claim.Largest.Count
        ? [$"{claim.Intermediate} has as many lowest as highest values"]
        : claim.Smallest.Select((low, channel) =>
            $"{claim.Intermediate} in channel {channel}, {low} to {claim.Largest[channel]} in {claim.Bits} bits");

    private static IEnumerable<string> Texts(List<List<Range>> own) => own.SelectMany((ranges, channel) =>
        ranges.Select(range => $"{range.Name} in channel {channel}, {range.Low} to {range.High} in {range.Bits} bits"));

    private static void Compare<T>(List<string> disputes, string what, T found, T own)
    {
        if (!Equals(found, own))
            disputes.Add($"{what} is claimed to be {found?.ToString() ?? "absent"}, but is {own?.ToString() ?? "nothing"}");
    }

    private static void Match(
        List<string> disputes, string what, IEnumerable<string> found, IEnumerable<string> own)
    {
        var (claimed, missing) = (found.ToList(), own.ToHashSet(StringComparer.Ordinal));
        foreach (var claim in claimed.Where(claim => !missing.Remove(claim)))
            disputes.Add($"{what} is claimed that is not there: {claim}");
        disputes.AddRange(missing.Select(claim => $"{what} is not told: {claim}"));
    }
}
