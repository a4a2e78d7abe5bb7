// Prints how long a parser takes for three sizes of input, and by what factor the time grows from one size to the next,
// ten times as large: about 10 is linear, about 100 grows with the square. Beside it stands how much memory was taken.
//
// Usage: parser-growth           the names of all rows
//        parser-growth NAME...   these rows; memory is told rightly of the first alone
import Glibc

if CommandLine.arguments.count == 1 {
    for row in Growth.rows { print(row.name) }
}
for name in CommandLine.arguments.dropFirst() {
    guard let row = Growth.rows.first(where: { $0.name == name }) else {
        print("no row is called \(name)")
        exit(64)
    }
    print(Measured(row).line)
}
