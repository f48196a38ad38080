using QuantFunctional.Onnx.Refinement;
using Xunit;

namespace Shell.Tests.Targets;

/// <summary>Which nodes a search leaves in float.</summary>
public sealed class FloatSearchTests
{
    [Fact]
    public void What_is_left_is_all_needed_where_errors_add_up()
    {
        for (var seed = 1; seed <= 300; seed++)
        {
            var random = new Random(seed);
            var nodes = Enumerable.Range(0, 1 + random.Next(24)).Select(i => $"n{i}").ToArray();
            var costs = nodes.ToDictionary(node => node, _ => (long)random.Next(5));
            var noise = nodes.ToDictionary(node => node, _ => random.Next(10));
            var most = random.Next(noise.Values.Sum() + 1);
            string[][] steps = [.. nodes.Chunk(1 + random.Next(3))];
            var asked = new List<string[]>();

            new FloatSearch(steps, costs, inFloat => Ask([.. inFloat])).Run();

            var met = asked.Where(IsMet).ToList();
            Assert.NotEmpty(met);
            var last = met.MinBy(set => set.Length)!;
            // everything in integers was good enough, or no node of the last set can be taken back
            Assert.True(last.Length == 0 || last.All(node => !IsMet([.. last.Where(other => other != node)])), $"seed {seed}");
            Assert.Equal(last, met[^1]);

            bool? Ask(string[] set)
            {
                asked.Add(set);
                return IsMet(set);
            }

            bool IsMet(string[] inFloat) => nodes.Except(inFloat).Sum(node => noise[node]) <= most;
        }
    }

    [Fact]
    public void Costly_nodes_are_taken_back_first_and_it_stops_when_told()
    {
        string[][] steps = [["cheap", "dear"], ["other"]];
        var costs = new Dictionary<string, long> { ["cheap"] = 1, ["dear"] = 100, ["other"] = 10 };
        var asked = new List<string>();

        new FloatSearch(steps, costs, inFloat => Ask(inFloat, stop: 99)).Run();
        Assert.Equal(["", "cheap dear", "cheap", ""], asked);

        asked.Clear();
        new FloatSearch(steps, costs, inFloat => Ask(inFloat, stop: 2)).Run();
        Assert.Equal(["", "cheap dear"], asked);

        bool? Ask(IReadOnlyList<string> inFloat, int stop)
        {
            if (asked.Count == stop)
                return null;
            asked.Add(string.Join(' ', inFloat));
            return inFloat.Count > 0 && (inFloat.Contains("cheap") || inFloat.Contains("other"));
        }
    }

    [Fact]
    public void It_ends_where_no_set_is_good_enough()
    {
        var asked = 0;
        new FloatSearch([["a"], ["b"], ["c"]], new Dictionary<string, long>(), _ => ++asked < 0).Run();
        Assert.Equal(4, asked);
    }
}
