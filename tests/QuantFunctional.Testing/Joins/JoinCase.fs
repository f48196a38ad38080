namespace QuantFunctional.Testing

open System
open System.Collections.Immutable
open QuantFunctional

/// A join of any two tensors of 8-bit integers, which the properties of joins are checked on.
[<NoComparison>]
type JoinCase =
    {
        /// What it computes.
        Operator: JoinOperator
        /// The first operand's step.
        First: float32
        /// The second operand's step.
        Second: float32
        /// The output's step, before it is raised.
        Output: float32
        /// The zero points of the operands and of the output, counted from the lowest integer.
        ZeroPoints: byte * byte * byte
        /// True for int8, false for uint8.
        IsSigned: bool
        /// The ways in which the operands can meet.
        Runs: JoinRuns list
    }

/// Makes joins of cases.
[<RequireQualifiedAccess>]
module JoinCase =

    /// The join with the output's step raised by so many 2^−15 of itself.
    let join (raise: int) (case: JoinCase) : Join =
        let lowest = if case.IsSigned then -128 else 0
        let zeroA, zeroB, zeroC = case.ZeroPoints

        let storage (step: float32) (zero: byte) : Storage =
            {
                Step = step
                ZeroPoint = lowest + int zero
                Lowest = lowest
                Highest = lowest + 255
            }

        let every = ImmutableArray.CreateRange(seq { lowest .. lowest + 255 })

        {
            Operator = case.Operator
            First = storage case.First zeroA
            Second = storage case.Second zeroB
            Output = storage (float32 (float case.Output * (1.0 + Math.ScaleB(float raise, -15)))) zeroC
            FirstValues = every
            SecondValues = every
            Runs = ImmutableArray.CreateRange case.Runs
        }
