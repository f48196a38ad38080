using FsCheck;
using FsCheck.Fluent;

namespace Shell.Tests.Support;

/// <summary>Checks a property on random values; the smallest that it finds wrong are in the message.</summary>
internal static class Checked
{
    internal static void All<T>(int times, Action<T> property) => One(times, Prop.ForAll(property));

    internal static void All<T1, T2>(int times, Action<T1, T2> property) => One(times, Prop.ForAll(property));

    internal static void All<T1, T2, T3>(int times, Action<T1, T2, T3> property) => One(times, Prop.ForAll(property));

    private static void One(int times, Property property) => property.Check(Config.QuickThrowOnFailure.WithMaxTest(times));
}
