using Shell.Tests.Support;
using Xunit;

namespace Shell.Tests.Report;

/// <summary>The page of the sample, which takes a while to make.</summary>
public sealed class SamplePage : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();

    internal string Path { get; private set; } = "";

    public async Task InitializeAsync() => Path = await Pages.OfSampleAsync(_folder, "page.html");

    public Task DisposeAsync()
    {
        _folder.Dispose();
        return Task.CompletedTask;
    }
}

/// <summary>The tests that look at it.</summary>
[CollectionDefinition(nameof(SamplePage))]
public sealed class SamplePageTests : ICollectionFixture<SamplePage>;
