#!/usr/bin/env bash
# .NET 10.0.12, double.ToString("R") and the default format: the "shortest round trip" of a double does not always parse back.
# Of all powers of two, two print a digit too few and parse to the double below: 2^-25 (2.980232238769531E-08) and 2^-958.
# System.Text.Json writes the same digits. float32 has no such power. Write 17 digits where the short form does not parse back.
# Needs the .NET 10 SDK. Fails where this changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/powers.cs" <<'CS'
#:property PublishAot=false
using System.Globalization;
using System.Text.Json;
var culture = CultureInfo.InvariantCulture;
Console.WriteLine($".NET {Environment.Version}");
for (var exponent = -1074; exponent < 1024; exponent++)
{
    var power = Math.ScaleB(1.0, exponent);
    var text = power.ToString("R", culture);
    var json = JsonSerializer.Serialize(power);
    if (double.Parse(text, culture) != power || JsonSerializer.Deserialize<double>(json) != power)
        Console.WriteLine($"2^{exponent}: R {text}, JSON {json}, 17 digits {power.ToString("G17", culture)}");
}

for (var exponent = -149; exponent < 128; exponent++)
{
    var power = MathF.ScaleB(1f, exponent);
    if (float.Parse(power.ToString("R", culture), culture) != power)
        Console.WriteLine($"float32 2^{exponent}");
}
CS
seen=$(cd "$folder" && DOTNET_CLI_TELEMETRY_OPTOUT=1 dotnet run powers.cs)
echo "$seen"
expected='2^-958: R 4.104536801298376E-289, JSON 4.104536801298376E-289, 17 digits 4.1045368012983762E-289
2^-25: R 2.980232238769531E-08, JSON 2.980232238769531E-08, 17 digits 2.9802322387695312E-08'
[ "$(tail -n +2 <<< "$seen")" = "$expected" ] || { echo "changed: other powers of two than 2^-958 and 2^-25"; exit 1; }
