using System.ComponentModel;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using QuantFunctional;
using QuantFunctional.Documents;
using QuantFunctional.Documents.Json;
using QuantFunctional.Onnx;
using QuantFunctional.Vectors;

namespace Shell.Tests.Documents;

/// <summary>The JSON Schema of a document, made from the very fields that the reader looks for.</summary>
internal static class SchemaOf
{
    // every text that is not free: the names that it may take
    private static readonly Dictionary<string, IEnumerable<string>> Choices = new()
    {
        ["LayerJson.precision"] = Names.Precisions.All,
        ["LayerJson.path"] = Names.Paths.All,
        ["LayerJson.activation"] = Names.Activations.All,
        ["RequestJson.precision"] = Names.PrecisionRequests.All,
        ["CorrectionJson.kind"] = Names.CasesOf<BiasCorrection>(),
        ["EncodingJson.type"] = ["int4", "int8", "int16", "int32"],
        ["WeightOnlyJson.type"] = Names.WeightTypes.All,
        ["WeightOnlyJson.granularity"] = Names.CasesOf<WeightGranularity>(),
        ["WeightOnlyJson.rule"] = Names.StepRules.All,
        ["WeightOnlyJson.rounding"] = WeightOnlyMapping.Roundings.All,
        ["WeightOnlyJson.steps"] = Names.StepFormats.All,
        ["IntegersJson.rounding"] = Names.Roundings.All,
        ["WeightsJson.layout"] = Names.Layouts.All,
        ["AttemptReport.precision"] = Names.Precisions.All,
        ["AttemptReport.reluFallback"] = Names.Precisions.All,
        ["AttemptReport.outcome"] = ["planned", "retried"],
        ["RetryReport.cause"] = Names.RetryCauses.All,
        ["RetryReport.remedy"] = Names.Remedies.All,
        ["WarningReport.kind"] = Names.CasesOf<Warning>(),
        ["ProfileJson.paths"] = Names.Paths.All,
        ["ProfileJson.precisions"] = Names.Precisions.All,
        ["ProfileJson.inputZeroPoint"] = Names.InputZeroPoints.All,
        ["ProfileJson.outputZeroPoint"] = Names.OutputZeroPoints.All,
        // float16 is for weights alone
        ["ProfileJson.steps"] = Names.StepFormats.All.Where(name => name != "float16"),
        ["ProfileJson.relu"] = Names.ReluForms.All,
        ["ProfileJson.products"] = Names.ProductSums.All,
        ["ProfileJson.betweenLayers"] = Names.OperatorArithmetics.All,
        ["JoinJson.operator"] = ["Add", "Mul"],
        ["JoinJson.arithmetics"] = Names.OperatorArithmetics.All,
        ["JoinCertificateReport.operator"] = ["Add", "Mul"],
        ["JoinCertificateReport.arithmetics"] = Names.OperatorArithmetics.All,
        ["JoinViolationReport.kind"] = ["join-disagrees"],
        ["JoinResultReport.arithmetic"] = Names.OperatorArithmetics.All,
        ["MultiplierJson.form"] = Names.CasesOf<MultiplierForm>(),
        ["AccumulatorJson.rounding"] = Names.Roundings.All,
        ["PlanJson.format"] = [PlanJson.FormatName],
        ["CertificateReport.format"] = [CertificateReport.FormatName],
        ["LayerCertificateReport.products"] = Names.ProductSums.All,
        ["BoundsReport.intermediate"] = Names.CasesOf<Intermediate>(),
        ["ViolationReport.kind"] = Names.CasesOf<Violation>(),
        ["ViolationReport.intermediate"] = Names.CasesOf<Intermediate>(),
        ["NoticeReport.kind"] = Names.CasesOf<Notice>(),
        ["ProfileFileJson.format"] = [ProfileFileJson.FormatName],
        ["StatisticsJson.format"] = [StatisticsJson.FormatName],
        ["RecipeJson.format"] = [RecipeJson.FormatName],
        ["RecipeOptionsJson.precision"] = RecipeNames.Precisions.All,
        ["RecipeOptionsJson.for"] = RecipeNames.Engines.All,
        ["VectorManifest.format"] = [VectorManifest.FormatName],
        ["VectorManifest.path"] = Names.Paths.All,
        ["VectorManifest.rounding"] = Names.Roundings.All,
    };

    private static readonly Dictionary<Type, int> Versions = new()
    {
        [typeof(PlanJson)] = PlanJson.CurrentVersion,
        [typeof(ProfileFileJson)] = ProfileFileJson.CurrentVersion,
        [typeof(CertificateReport)] = CertificateReport.CurrentVersion,
        [typeof(VectorManifest)] = VectorManifest.CurrentVersion,
        [typeof(StatisticsJson)] = StatisticsJson.CurrentVersion,
        [typeof(RecipeJson)] = RecipeJson.CurrentVersion,
    };

    private static readonly string[] FreeTexts =
    [
        "PlanJson.model", "PlanJson.arrays", "QuantizedModelJson.file", "QuantizedModelJson.sha256",
        "LayerJson.name", "LayerJson.operator", "WeightOnlyJson.name",
        "WeightOnlyJson.operator", "RequestJson.profile",
        "WeightsJson.array", "WeightsJson.sha256", "DifferencesJson.array", "DifferencesJson.sha256", "RetryReport.message", "RefusalReport.kind", "RefusalReport.message",
        "WarningReport.message", "ProfileJson.name", "TensorJson.name", "FloatNodePlan.name", "FloatNodePlan.operator",
        "FloatNodePlan.reason", "CertificateReport.model", "CertificateReport.modelSha256", "CertificateReport.nothingToVerify",
        "LayerCertificateReport.name", "LayerCertificateReport.profile", "LayerCertificateReport.integersSha256",
        "ViolationReport.message", "NoticeReport.message", "VectorManifest.layer", "VectorManifest.integersSha256", "VectorManifest.profile",
        "JoinJson.name", "JoinCertificateReport.name", "ActivationProductReport.name", "JoinViolationReport.message",
        "VectorFileEntry.role", "VectorFileEntry.file", "VectorFileEntry.sha256", "VectorEntry.name",
        "StatisticsJson.model", "StatisticsJson.prepared", "StatisticsJson.onnxRuntime", "StatisticsJson.processors", "StatisticsJson.options",
        "FedInputJson.name", "FedInputJson.type", "ObservedJson.digest", "InputJson.name", "ObservedTensorJson.name", "RowsJson.tensor",
        "ProbabilitiesJson.tensor", "LayerInputJson.output",
        "RecipeJson.tool", "RecipeJson.quantized", "RecipeModelJson.file", "RecipeModelJson.sha256", "RecipeDataJson.sha256", "RecipeMakerJson.preset",
        "RecipeMakerJson.ranges", "RecipeMakerJson.target", "RecipeArraysJson.file", "RecipeArraysJson.sha256", "RecipeOptionsJson.exclude",
        "RecipeOptionsJson.excludeTypes", "SeenTensorJson.name", "SeenRowsJson.tensor", "KeptNodeJson.node", "KeptNodeJson.reason",
        "RaisedJoinJson.output", "ChannelFactorsJson.output", "ChannelOrderJson.output", "ChosenRangeJson.tensor", "CorrectedBiasJson.output", "CorrectedBiasJson.array",
        "WeightRoundingJson.output", "WeightRoundingJson.array",
    ];

    /// <summary>The schema as the text of a file.</summary>
    internal static string Text<T>(string title)
    {
        var definitions = new SortedDictionary<string, JsonNode>(StringComparer.Ordinal);
        var root = DocumentJson.Reading.GetJsonSchemaAsNode(typeof(T), new JsonSchemaExporterOptions
        {
            TreatNullObliviousAsNonNullable = true,
            TransformSchemaNode = (context, node) => Transform(
                context,
                IsWholeNumber(context.TypeInfo.Type) ? WholeNumberNode() : node.AsObject(),
                typeof(T),
                definitions),
        }).AsObject();
        var schema = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = title,
        };
        foreach (var (name, value) in root.ToList())
        {
            root.Remove(name);
            schema[name] = value;
        }

        schema["$defs"] = new JsonObject(definitions.Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)entry.Value)));
        return schema.ToJsonString(new JsonSerializerOptions
        {
            WriteIndented = true,
            NewLine = "\n",
            Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        }) + "\n";
    }

    private static bool IsWholeNumber(Type type) =>
        (Nullable.GetUnderlyingType(type) ?? type) == typeof(System.Numerics.BigInteger);

    // the types are alternatives, so that no array of them reads as one that may be null
    private static JsonObject WholeNumberNode() => new()
    {
        ["oneOf"] = new JsonArray(
            new JsonObject { ["type"] = "integer" },
            new JsonObject { ["type"] = "string", ["pattern"] = WholeNumber.Pattern }),
    };

    private static JsonObject Transform(
        JsonSchemaExporterContext context, JsonObject node, Type root, SortedDictionary<string, JsonNode> definitions)
    {
        Narrow(context, node);
        if (context.TypeInfo.Kind == JsonTypeInfoKind.Object && context.TypeInfo.Type != root)
        {
            var name = context.TypeInfo.Type.Name;
            name = JsonNamingPolicy.CamelCase.ConvertName(name.Replace("Json", "").Replace("Report", ""));
            definitions.TryAdd(name, node);
            node = new JsonObject { ["$ref"] = $"#/$defs/{name}" };
        }

        var description = context.PropertyInfo?.AttributeProvider?
            .GetCustomAttributes(typeof(DescriptionAttribute), inherit: false)
            .OfType<DescriptionAttribute>()
            .FirstOrDefault();
        if (description is not null)
            node.Insert(0, "description", description.Description);
        return node;
    }

    private static void Narrow(JsonSchemaExporterContext context, JsonObject node)
    {
        // an absent field is left out, not null
        node.Remove("default");
        if (node["type"] is JsonArray types)
            node["type"] = types.Select(type => type!.GetValue<string>()).Single(type => type != "null");
        if (context.TypeInfo.Type == typeof(WeightsJson) || context.TypeInfo.Type == typeof(DifferencesJson))
        {
            node["oneOf"] = new JsonArray(
                new JsonObject { ["required"] = new JsonArray("values") },
                new JsonObject { ["required"] = new JsonArray("array", "sha256") });
        }

        if (context.TypeInfo.Type == typeof(sbyte))
            (node["minimum"], node["maximum"]) = (-128, 127);
        if (context.PropertyInfo is not { } property)
            return;
        var place = $"{property.DeclaringType.Name}.{property.Name}";
        var texts = property.PropertyType == typeof(string) ? node
            : property.PropertyType == typeof(IReadOnlyList<string>) ? node["items"]!.AsObject()
            : null;
        if (texts is not null && !FreeTexts.Contains(place))
            texts["enum"] = new JsonArray([.. Choices[place].Select(name => JsonValue.Create(name))]);
        if (property.Name == "version")
            node["enum"] = new JsonArray(Versions[property.DeclaringType]);
    }
}
