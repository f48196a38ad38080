namespace QuantFunctional

open System.Collections.Immutable

/// The operators that make one stored number of two.
[<RequireQualifiedAccess; Struct; NoComparison>]
type JoinOperator =
    /// The sum.
    | Add
    /// The product.
    | Mul

/// How the operands of a join meet along the innermost axis, on which the order of a kernel's additions hangs.
[<RequireQualifiedAccess; Struct; NoComparison>]
type JoinRuns =
    /// Every element has a partner of its own.
    | Alike
    /// The first operand is one number for a run of the second.
    | FirstRepeats
    /// The second operand is one number for a run of the first.
    | SecondRepeats

/// An Add or Mul of two tensors of 8-bit integers.
[<NoComparison>]
type Join =
    {
        /// What it computes.
        Operator: JoinOperator
        /// How the first operand is stored.
        First: Storage
        /// How the second operand is stored.
        Second: Storage
        /// How the result is stored; a range narrower than the type is what an activation behind the join leaves.
        Output: Storage
        /// The integers that the first operand can hold: a constant has few.
        FirstValues: ImmutableArray<int>
        /// The integers that the second operand can hold.
        SecondValues: ImmutableArray<int>
        /// Every way in which the operands can meet: one, where their shapes are known.
        Runs: ImmutableArray<JoinRuns>
    }

    override j.ToString() =
        $"{j.Operator} of ({j.First}) and ({j.Second}) as ({j.Output})"
