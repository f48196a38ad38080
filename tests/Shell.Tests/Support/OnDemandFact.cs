using Xunit;

namespace Shell.Tests.Support;

/// <summary>A test that runs where an environment variable says on what; skipped elsewhere.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OnDemandFactAttribute : FactAttribute
{
    public OnDemandFactAttribute(string variable) =>
        Skip = Environment.GetEnvironmentVariable(variable) is { Length: > 0 } ? null : $"{variable} is not set";
}
