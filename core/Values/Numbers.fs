namespace QuantFunctional.FSharp

module Numbers =
    let x = 1
