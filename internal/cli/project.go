package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/chalicefile/chalicefile/internal/project"
	"github.com/chalicefile/chalicefile/loader"
	"github.com/chalicefile/chalicefile/loader/diag"
)

// workDir is the directory that the command works in: -C, else the process's.
func (s *session) workDir() (string, error) {
	if s.Dir == "" {
		return "", errors.New("the working directory does not exist any more")
	}
	dir := abs(s.Dir, s.projectDir)
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return "", fmt.Errorf("--project-dir: there is no directory %s", s.projectDir)
	case err != nil:
		return "", fmt.Errorf("--project-dir: %w", err)
	case !info.IsDir():
		return "", fmt.Errorf("--project-dir: %s is no directory", s.projectDir)
	}
	return dir, nil
}

// locate finds the Chalicefile. With -C it is looked for in that directory
// alone; a --file with a directory is where it says.
func (s *session) locate() (dir, file string, err error) {
	work, err := s.workDir()
	if err != nil {
		return "", "", err
	}
	name := s.file
	if name == "" {
		name = loader.DefaultFile
	}
	if s.projectDir != "" || filepath.Base(name) != name {
		path := abs(work, name)
		if info, err := os.Stat(path); err != nil || info.IsDir() {
			return "", "", fmt.Errorf("there is no %s in %s%s", filepath.Base(path), filepath.Dir(path), s.instead(work, name))
		}
		return filepath.Dir(path), filepath.Base(path), nil
	}
	dir, file, err = project.Find(work, s.file)
	if err != nil {
		return "", "", fmt.Errorf("there is no %s in %s or above it%s", name, work, s.instead(work, name))
	}
	return dir, file, nil
}

// instead is what to do where there is no Chalicefile of a name in a directory.
func (s *session) instead(work, name string) string {
	if s.projectDir != "" && filepath.Base(name) == name {
		if dir, _, err := project.Find(work, name); err == nil {
			return fmt.Sprintf(", but in %s: say -C %s", dir, relative(s.Dir, dir))
		}
	}
	if s.file != "" {
		return ""
	}
	return ` ("chalicefile new-project NAME" makes a project)`
}

// stage is the name of the stage in force.
func (s *session) stage(flag string) string {
	if flag != "" {
		return flag
	}
	if stage := s.Getenv("CHALICEFILE_STAGE"); stage != "" {
		return stage
	}
	return loader.DefaultStage
}

// options are those of the project that the command line means.
func (s *session) options(stage string) (project.Options, error) {
	dir, file, err := s.locate()
	if err != nil {
		return project.Options{}, err
	}
	s.writeAbsentSchema(dir, file)
	return project.Options{
		Dir:         dir,
		File:        file,
		Stage:       s.stage(stage),
		Region:      s.Getenv("AWS_REGION"),
		LookupEnv:   s.LookupEnv,
		Environ:     s.Environ,
		ToolVersion: s.toolVersion(),
	}, nil
}

// toolVersion is the release of this program, "" for a build that is none.
func (s *session) toolVersion() string {
	if s.Build.Released {
		return s.Build.Version
	}
	return ""
}

// load loads the project, to be deployed, for a command that needs it without
// errors. It tells all findings on standard error.
func (s *session) load(ctx context.Context, stage string) (*project.Project, error) {
	return s.loadFor(ctx, stage, project.Target{})
}

// loadFor is load for a target; the zero one is Lambda.
func (s *session) loadFor(ctx context.Context, stage string, target project.Target) (*project.Project, error) {
	options, err := s.options(stage)
	if err != nil {
		return nil, err
	}
	options.Target = target
	end := s.step(fmt.Sprintf("loading %s, stage %s", s.display(filepath.Join(options.Dir, options.File)), options.Stage))
	p, findings := project.Load(ctx, options)
	end()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := s.tell(p, findings); err != nil {
		return nil, err
	}
	return p, nil
}

// tell writes the findings of a project to standard error.
func (s *session) tell(p *project.Project, list diag.List) error {
	return s.tellAll(findings{dir: p.Dir, file: filepath.Join(p.Dir, p.File), sources: p.Sources, list: list})
}
