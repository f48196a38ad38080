namespace QuantFunctional.Processors

/// A model to run on the samples of a feed.
type Job =
    {
        /// The path of the model.
        Model: string
        /// The path of the inputs, sample by sample.
        Feed: string
        /// Where the outputs go.
        Result: string
        /// Entries of the session's configuration; `level` is the level of optimization.
        Settings: (string * string) list
    }
