using System.Globalization;
using QuantFunctional.Fuzz;
using QuantFunctional.Fuzz.Kills;
using QuantFunctional.Fuzz.Readers;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
try
{
    var options = Options.Parse(args);
    var folder = Directory.CreateTempSubdirectory("quantfn-fuzz-").FullName;
    try
    {
        if (options.Kills is { } count)
            return new KillTest(folder, options.Seed).Run(count) ? 0 : 1;
        var all = AllReaders.Of(SeedFolder.Make(folder));
        var readers = options.Replay is not null || options.Reader == "all" ? all : [.. all.Where(reader => reader.Name == options.Reader)];
        if (readers.Count == 0)
            throw new ArgumentException($"--reader: there is no reader {options.Reader}.\n{Options.Usage}");
        var inputs = Directory.CreateDirectory(options.Keep ?? Path.Combine(folder, "inputs")).FullName;
        var campaign = new Campaign(readers, options, inputs);
        return (options.Replay is { } id ? campaign.Replay(id) : campaign.Run()) ? 0 : 1;
    }
    finally
    {
        Directory.Delete(folder, recursive: true);
    }
}
catch (ArgumentException fault)
{
    Console.Error.WriteLine($"fuzz: {fault.Message}");
    return 2;
}
