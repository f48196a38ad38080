namespace QuantFunctional

open System.Collections.Immutable

/// Stored values of 8 bits in rows: sample, channel, then the spatial axes, the last running fastest.
[<NoComparison>]
type ByteTensor =
    {
        Sizes: ImmutableArray<int>
        Values: ImmutableArray<sbyte>
    }

    override t.ToString() =
        $"{FSharp.ShortText.sizes t.Sizes}: {FSharp.ShortText.list t.Values}"
