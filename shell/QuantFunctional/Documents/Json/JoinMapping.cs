namespace QuantFunctional.Documents.Json;

/// <summary>The output step of a join to its JSON and back.</summary>
internal static class JoinMapping
{
    internal static JoinJson ToJson(JoinPlan join) => new(
        join.Name, join.Operator, join.Raise, join.StepBefore, join.StepAfter,
        [.. join.Arithmetics.Select(arithmetic => Names.OperatorArithmetics[arithmetic])]);

    internal static JoinPlan ToPlan(JoinJson json, Place place)
    {
        place.At("operator").Demand(json.Operator is "Add" or "Mul", $"is `{json.Operator}`, not Add or Mul");
        place.At("raise").Demand(
            json.Raise >= 0 && json.Raise <= FSharp.JoinSteps.most,
            $"is {json.Raise}, outside 0 .. {FSharp.JoinSteps.most}");
        place.At("stepBefore").Demand(
            float.IsNormal((float)json.StepBefore) && json.StepBefore > 0, $"is {json.StepBefore}, no step that float32 holds");
        var raised = json.Raise == 0
            ? json.StepBefore
            : (double)(float)(json.StepBefore * (1 + Math.ScaleB(json.Raise, -15)));
        place.At("stepAfter").Demand(
            json.StepAfter == raised, $"is {json.StepAfter}, the raise gives {raised}");
        var names = place.At("arithmetics");
        return new JoinPlan(
            json.Name, json.Operator, json.Raise, json.StepBefore, json.StepAfter,
            [.. json.Arithmetics.Select((name, i) => names.At(i).Find(Names.OperatorArithmetics, name))]);
    }
}
