module QuantFunctional.Tests.ChannelwiseTests

open FsCheck.Xunit
open Xunit
open QuantFunctional.FSharp

[<Fact>]
let ``a value per tensor holds for every channel`` () =
    let value = Channelwise.perTensor 7
    Assert.Equal<int list>([ 7; 7 ], [ value[0]; value[11] ])
    Assert.False value.IsPerChannel

[<Fact>]
let ``values compare by content, and one per tensor is not one per channel`` () =
    Assert.Equal<Channelwise<int>>(Channelwise.perChannel [ 1; 2 ], Channelwise.perChannel [| 1; 2 |])
    Assert.NotEqual<Channelwise<int>>(Channelwise.perChannel [ 1 ], Channelwise.perTensor 1)

[<Property>]
let ``what channels ask for is the largest wish per tensor, each its own per channel`` (first: int) (others: int list) =
    let asked = List.toArray (first :: others)
    let tensor = Channelwise.ofChannels (Channelwise.perTensor "") asked

    let channels =
        Channelwise.ofChannels (Channelwise.perChannel (Array.map string asked)) asked

    tensor = Channelwise.perTensor (Seq.max asked) && channels = Channelwise.perChannel asked

[<Fact>]
let ``a sequence gives the first error in channel order`` () =
    let values = Channelwise.perChannel [ Ok 1; Error "first"; Error "second" ]
    Assert.Equal(Error "first", Channelwise.sequence values)
    Assert.Equal(Ok(Channelwise.perChannel [ 1; 2 ]), Channelwise.sequence (Channelwise.perChannel [ Ok 1; Ok 2 ]))

[<Fact>]
let ``entries are found, changed and counted by position`` () =
    let values = Channelwise.perChannel [ 3; 0; 5; 0 ]
    Assert.Equal<int array>([| 1; 3 |], Channelwise.positions ((=) 0) values)
    Assert.True(Channelwise.exists ((=) 5) values)
    Assert.False(Channelwise.exists ((=) 4) values)
    Assert.Equal(8, Channelwise.sumBy id values)
    Assert.Equal<Channelwise<int>>(Channelwise.perChannel [ 0; 1; 2; 3 ], Channelwise.init values id)

    Assert.Equal<Channelwise<int>>(
        Channelwise.perChannel [ 3; 1; 7; 3 ],
        Channelwise.map2 (+) values (Channelwise.init values id)
    )
