// Plans a layer from C#, explains what it cost, and writes the plan to a file of the temp folder.
// Run: dotnet run --project samples/csharp
using QuantFunctional;
using QuantFunctional.Documents;

// two output channels of 1 × 2 × 2 weights; the second channel's bias is far outside what its weights can reach
var layer = LayerSpec.Convolution(
    weights: [0.5f, -1.0f, 0.25f, 0.75f, 1e-5f, 2e-5f, -3e-5f, 1e-5f], shape: [2, 1, 2, 2],
    inputStep: 0.02, inputZeroPoint: -128, output: new RealRange(-2, 64)) with
{
    Bias = new[] { 0.1f, 60.0f },
    Strides = [2, 2],
};

var plan = Planner.Plan(layer, new PlanOptions { Precision = Precision.TfliteInt8 });
Console.WriteLine($"shifts {string.Join(", ", plan.Integers.Shift.Values)} after {plan.Trace.Retries} retry");
Console.WriteLine(plan.Explain(channel: 1, name: "conv1"));

// what cannot be planned is told with every attempt; nothing is thrown
var tall = (layer with { Bias = new[] { 0.1f, 1e30f } }).ToLayer();
if (!Planner.TryPlan(tall, new PlanOptions { Precision = PrecisionRequest.SimaInt8OrTflite }, out _, out var refused))
    Console.WriteLine($"refused: {refused.Message}");

var path = Path.Combine(Path.GetTempPath(), "conv1.plan.json");
PlanFile.Write(path, new PlanDocument { Layers = [new NamedPlan("conv1", null, plan)] }, overwrite: true);
var read = PlanFile.Read(path).Layers[0].Plan;
Console.WriteLine($"{path} holds the same plan: {read.Equals(plan)}");
Console.WriteLine($"replayed without a retry: {Planner.Replay(layer.ToLayer(), read).Trace.Retries == 0}");
