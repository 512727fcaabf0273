using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using Helpdesk.ApiDescription;

if (args is not [var folder, var file])
{
    Console.Error.WriteLine("Usage: Helpdesk.ApiDescription <folder of the built app> <file to write>");
    return 2;
}

// What the app is made of is in its own folder.
AssemblyLoadContext.Default.Resolving += (context, name) =>
    Path.Combine(Path.GetFullPath(folder), name.Name + ".dll") is var path && File.Exists(path) ? context.LoadFromAssemblyPath(path) : null;
return await WriteAsync(file);

// A method of its own, so that nothing of the app is asked for before it can be found.
[MethodImpl(MethodImplOptions.NoInlining)]
static async Task<int> WriteAsync(string file)
{
    try
    {
        await DescribedApi.WriteAsync(file);
        return 0;
    }
    catch (UndescribedException missing)
    {
        Console.Error.WriteLine($"error API001: {missing.Message}");
        return 1;
    }
}
