using QuantFunctional;
using QuantFunctional.Onnx;
using Xunit;

namespace Shell.Tests.Codes;

/// <summary>Provokes a cause and looks at its code.</summary>
internal static class Provoke
{
    /// <summary>An action is refused for this cause, as what the catalogue says it is.</summary>
    internal static QuantException Refused(Diagnostic cause, Action action)
    {
        var fault = Assert.Throws<QuantException>(action);
        Assert.True(cause == fault.Diagnostic, $"{fault.Code} instead of {cause}: {fault.Message}");
        Assert.Equal(cause.Code, fault.Code);
        Assert.Equal(cause.Kind == DiagnosticKind.Failed ? FaultKind.Failed : FaultKind.BadInput, fault.Kind);
        Assert.NotEqual("", fault.Remedy);
        return fault;
    }

    /// <summary>The same, of work that runs beside.</summary>
    internal static QuantException Refused(Diagnostic cause, Func<Task> work) =>
        Refused(cause, () => work().GetAwaiter().GetResult());

    /// <summary>The one warning of a cause.</summary>
    internal static ReportWarning Warned(Diagnostic cause, IEnumerable<ReportWarning> warnings)
    {
        var warning = Assert.Single(warnings, warning => warning.Code == cause.Code);
        Assert.Equal(DiagnosticKind.Warning, cause.Kind);
        Assert.Equal(cause.Remedy, warning.Remedy);
        Assert.Equal(warning.Message, warning.ToString());
        return warning;
    }
}
