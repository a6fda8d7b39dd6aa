module example.com/pet-service/petcontract/petfranz

go 1.24.0

require (
	example.com/pet-service/petcontract v0.0.0
	github.com/twmb/franz-go v1.20.7
)

require (
	github.com/klauspost/compress v1.18.4 // indirect
	github.com/pierrec/lz4/v4 v4.1.25 // indirect
	github.com/twmb/franz-go/pkg/kmsg v1.12.0 // indirect
)

// The module is next to this one. Remove the line where it has a version of its own.
replace example.com/pet-service/petcontract => ../
