module QuantFunctional.Tests.BlocksTests

open Xunit
open QuantFunctional.FSharp

let private lines (text: string) = List.ofArray (text.Split '\n')

let private blocks =
    [
        Block.Title "Layer a_b"
        Block.Lines [ "One sentence."; "Another one." ]
        Block.Section "Attempts: 1"
        Block.Items [ 1, "first.", [ "channel 5: too large." ]; 2, "second.", [] ]
        Block.Section "Table"
        Block.Table([ Column.Left "Name"; Column.Right "Max|Qw|" ], [ [ "a"; "127" ]; [ "longer"; "8" ] ])
    ]

[<Fact>]
let ``Text is indented below its headings, and columns are aligned`` () =
    let expected =
        """Layer a_b
=========

  One sentence.
  Another one.

Attempts: 1
  1. first.
    - channel 5: too large.
  2. second.

Table
  Name    Max|Qw|
  ------  -------
  a           127
  longer        8"""

    Assert.Equal<string list>(lines expected, Blocks.toText blocks)

[<Fact>]
let ``Markdown has the same, with its own signs escaped`` () =
    let expected =
        """# Layer a\_b

- One sentence.
- Another one.

## Attempts: 1

1. first.
   - channel 5: too large.
2. second.

## Table

| Name | Max\|Qw\| |
| :-- | --: |
| a | 127 |
| longer | 8 |"""

    Assert.Equal<string list>(lines expected, Blocks.toMarkdown blocks)

[<Fact>]
let ``A long sentence goes on in further lines of at most 100 columns`` () =
    let sentence = String.replicate 30 "seven7 " |> _.Trim()
    let text = Blocks.toText [ Block.Lines [ sentence ] ]

    Assert.All(text, fun line -> Assert.InRange(line.Length, 1, 100))
    Assert.Equal(3, text.Length)
    Assert.Equal(sentence, text |> List.map _.Trim() |> String.concat " ")
    Assert.All(text.Tail, fun line -> Assert.StartsWith("    s", line))
