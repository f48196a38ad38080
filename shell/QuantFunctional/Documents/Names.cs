using System.Reflection;
using System.Text.Json;

namespace QuantFunctional.Documents;

/// <summary>The names that documents give to the cases of the core's unions. They are part of the format.</summary>
internal static class Names
{
    internal static NameTable<Precision> Precisions { get; } =
        new("precision", [.. FSharp.BackendProfile.Precisions.Select(precision => (precision.Name, precision))]);

    internal static NameTable<PrecisionRequest> PrecisionRequests { get; } = new("precision", [
        .. FSharp.BackendProfile.Precisions.Select(p => (p.Name, PrecisionRequest.NewExactly(p))),
        ("sima-int8-or-tflite", PrecisionRequest.SimaInt8OrTflite),
        ("sima-int16-or-tflite", PrecisionRequest.SimaInt16OrTflite),
        ("sima-int16-or-wider", PrecisionRequest.SimaInt16OrWider),
    ]);

    internal static NameTable<ActivationPath> Paths { get; } = new("activation path", [
        ("int8", ActivationPath.Int8),
        ("int15", ActivationPath.Int15),
        ("int16", ActivationPath.Int16),
    ]);

    internal static NameTable<ScalarType> Types { get; } = new("type", [
        ("int4", ScalarType.Int4),
        ("int8", ScalarType.Int8),
        ("int16", ScalarType.Int16),
        ("int32", ScalarType.Int32),
        ("uint4", ScalarType.UInt4),
        ("uint8", ScalarType.UInt8),
        ("uint16", ScalarType.UInt16),
        ("bfloat16", ScalarType.BFloat16),
        ("float32", ScalarType.Float32),
    ]);

    internal static NameTable<WeightType> WeightTypes { get; } = new("type of weights", [
        ("int8", WeightType.Int8),
        ("int4", WeightType.Int4),
        ("uint4", WeightType.UInt4),
    ]);

    internal static NameTable<StepRule> StepRules { get; } = new("rule of steps", [
        ("largest", StepRule.Largest),
        ("searched", StepRule.Searched),
    ]);

    internal static NameTable<WeightLayout> Layouts { get; } = new("layout", [
        ("OIHW", WeightLayout.OIHW),
        ("OHWI", WeightLayout.OHWI),
        ("HWIO", WeightLayout.HWIO),
        ("HWIGO", WeightLayout.HWIGO),
        ("IOHW", WeightLayout.IOHW),
        ("HWOI", WeightLayout.HWOI),
        ("HWGO", WeightLayout.HWGO),
        ("IHWO", WeightLayout.IHWO),
        ("IO", WeightLayout.IO),
        ("OI", WeightLayout.OI),
    ]);

    internal static NameTable<Activation> Activations { get; } = new("activation", [
        ("linear", Activation.Linear),
        ("relu", Activation.Relu),
    ]);

    internal static NameTable<RequantizationRounding> Roundings { get; } = new("rounding", [
        ("once-ties-up", RequantizationRounding.OnceTiesUp),
        ("twice-gemmlowp", RequantizationRounding.TwiceGemmlowp),
        ("once-ties-up-reduced-16", RequantizationRounding.OnceTiesUpReduced16),
        ("single-ties-to-even", RequantizationRounding.SingleTiesToEven),
    ]);

    internal static NameTable<InputZeroPoint> InputZeroPoints { get; } = new("place of the input's zero point", [
        ("in-bias", InputZeroPoint.InBias),
        ("off-each-input", InputZeroPoint.OffEachInput),
    ]);

    internal static NameTable<OutputZeroPoint> OutputZeroPoints { get; } = new("place of the output's zero point", [
        ("by-precision", OutputZeroPoint.ByPrecision),
        ("after-requantization", OutputZeroPoint.AfterRequantization),
    ]);

    internal static NameTable<StepFormat> StepFormats { get; } = new("format of steps", [
        ("float64", StepFormat.Float64),
        ("float32", StepFormat.Float32),
        ("float16", StepFormat.Float16),
    ]);

    internal static NameTable<ReluForm> ReluForms { get; } = new("form of a ReLU", [
        ("by-clamp", ReluForm.ByClamp),
        ("by-saturation", ReluForm.BySaturation),
    ]);

    internal static NameTable<ProductSums> ProductSums { get; } = new("sum of products", [
        ("in-full", QuantFunctional.ProductSums.InFull),
        ("pairs-16", QuantFunctional.ProductSums.Pairs16),
        ("in-full-or-pairs-16", QuantFunctional.ProductSums.InFullOrPairs16),
    ]);

    internal static NameTable<OperatorArithmetic> OperatorArithmetics { get; } = new("arithmetic between layers", [
        ("onnxruntime-x64-fma", OperatorArithmetic.OnnxRuntimeX64Fma),
        ("onnxruntime-x64", OperatorArithmetic.OnnxRuntimeX64),
        ("onnxruntime-arm64", OperatorArithmetic.OnnxRuntimeArm64),
        ("onnxruntime-wasm", OperatorArithmetic.OnnxRuntimeWasm),
        ("unfused", OperatorArithmetic.Unfused),
        ("tflite", OperatorArithmetic.Tflite),
    ]);

    internal static NameTable<RetryCause> RetryCauses { get; } = new("cause of a retry", [
        ("relu", RetryCause.Relu),
        ("shift-above-range", RetryCause.ShiftAboveRange),
        ("product-overflow", RetryCause.ProductOverflow),
        ("bias-overflow", RetryCause.BiasOverflow),
        ("pair-overflow", RetryCause.PairOverflow),
    ]);

    internal static NameTable<Remedy> Remedies { get; } = new("remedy", [
        ("fall-back", Remedy.FallBack),
        ("raise-intrinsic-shift", Remedy.RaiseIntrinsicShift),
        ("give-up-weight-bits", Remedy.GiveUpWeightBits),
        ("raise-intrinsic-shift-and-give-up-weight-bits", Remedy.RaiseIntrinsicShiftAndGiveUpWeightBits),
        ("raise-weight-step", Remedy.RaiseWeightStep),
    ]);

    /// <summary>What an attempt's outcome is called. The cases carry data, so their names alone make no table.</summary>
    internal static string OutcomeOf(AttemptOutcome outcome) => CaseOf(outcome, outcome.Tag);

    internal static string WarningOf(Warning warning) => CaseOf(warning, warning.Tag);

    internal static string RefusalOf(Refusal refusal) => CaseOf(refusal, refusal.Tag);

    internal static string ViolationOf(Violation violation) => CaseOf(violation, violation.Tag);

    internal static string NoticeOf(Notice notice) => CaseOf(notice, notice.Tag);

    internal static string IntermediateOf(Intermediate intermediate) => CaseOf(intermediate, intermediate.Tag);

    internal static string CorrectionOf(BiasCorrection correction) => CaseOf(correction, correction.Tag);

    internal static string GranularityOf(WeightGranularity granularity) => CaseOf(granularity, granularity.Tag);

    internal static string MultiplierOf(MultiplierForm form) => CaseOf(form, form.Tag);

    /// <summary>The names of a union's cases in order, as documents spell them.</summary>
    internal static IReadOnlyList<string> CasesOf<T>() => Cases<T>.InOrder;

    private static string CaseOf<T>(T _, int tag) => Cases<T>.InOrder[tag];

    // F# keeps the case names of a union beside it, as constants
    private static class Cases<T>
    {
        internal static IReadOnlyList<string> InOrder { get; } =
        [
            .. typeof(T).GetNestedType("Tags")!
                .GetFields(BindingFlags.Public | BindingFlags.Static)
                .OrderBy(field => (int)field.GetRawConstantValue()!)
                .Select(field => JsonNamingPolicy.KebabCaseLower.ConvertName(field.Name)),
        ];
    }
}

/// <summary>Values and their names, both ways.</summary>
internal sealed class NameTable<T>(string what, (string Name, T Value)[] rows)
    where T : notnull
{
    private readonly Dictionary<T, string> _names = rows.ToDictionary(row => row.Value, row => row.Name);

    private readonly Dictionary<string, T> _values = rows.ToDictionary(row => row.Name, row => row.Value);

    /// <summary>What the table names: `precision`, `layout` …</summary>
    internal string What => what;

    internal IEnumerable<string> All => rows.Select(row => row.Name);

    internal string this[T value] => _names[value];

    internal bool TryFind(string name, [System.Diagnostics.CodeAnalysis.MaybeNullWhen(false)] out T value) =>
        _values.TryGetValue(name, out value);
}
